import Glibc
import Testing

/// Programs that people run in a mount.
@Suite(.needsFileSystem, .serialized) struct ApplicationTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  @Test(arguments: ["DELETE", "WAL", "TRUNCATE", "PERSIST"])
  func sqlite(journal: String) throws {
    let script = """
      import sqlite3, subprocess, sys
      path, mode = sys.argv[1], sys.argv[2]
      db = sqlite3.connect(path, isolation_level=None, timeout=60)
      got = db.execute(f"pragma journal_mode={mode}").fetchone()[0]
      db.execute("pragma synchronous=full")
      db.execute("create table t(id integer primary key, text blob)")
      for round in range(10):
          db.execute("begin")
          db.executemany("insert into t(text) values(?)", [(b"x" * (i % 3000),) for i in range(200)])
          db.execute("commit" if round % 3 else "rollback")
      code = '''
      import sqlite3, sys
      db = sqlite3.connect(sys.argv[1], timeout=60)
      with db: db.execute("insert into t(text) values('from another process')")
      '''.replace("\\n      ", "\\n")
      subprocess.run([sys.executable, "-c", code, path], check=True)
      assert db.execute("select count(*) from t").fetchone()[0] == 6 * 200 + 1
      db.execute("delete from t where id % 2"); db.execute("vacuum")
      assert db.execute("pragma integrity_check").fetchone()[0] == "ok"
      db.close()
      print(got)
      """
    let mode = try Command.python(script, [scratch("data.db"), journal])
    #expect(mode == journal.lowercased() + "\n")
    #expect(
      try Command.check(["sqlite3", scratch("data.db"), "pragma integrity_check"]) == "ok\n")
  }

  @Test func git() throws {
    try Command.shell(
      """
      export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
      git init -q -b main repo && cd repo
      git config user.email t@example.org && git config user.name t
      mkdir -p src/deep && for i in $(seq 50); do echo "file $i" > src/deep/$i.txt; done
      git add -A && git commit -qm one
      test -z "$(git status --porcelain)"
      git checkout -qb side && git rm -q src/deep/1.txt && echo more >> src/deep/2.txt
      git commit -qam two && git checkout -q main && git merge -q side
      git gc -q && git fsck --strict
      cd .. && git clone -q repo copy && cd copy
      test -z "$(git status --porcelain)" && test "$(ls src/deep | wc -l)" = 49
      """, in: scratch.path)
  }

  private static let makeTree = """
    mkdir tree && cd tree
    for i in 1 2 3; do mkdir -p d$i/e && head -c $((i * 700000)) /dev/urandom > d$i/e/big; done
    for i in $(seq 40); do echo $i > d1/$i; done
    ln -s d1/1 link && ln d1/1 hard && mkfifo pipe && : > empty && mkdir emptydir
    chmod 4755 d1/2 && chmod 0400 d1/3 && chown 12:34 d1/4 && touch -d '2001-02-03 04:05:06.789' d1/5
    truncate -s 3M sparse && setfattr -n user.k -v value d1/6
    cd ..
    """

  @Test func tarRoundTrip() throws {
    try Command.shell(
      Self.makeTree
        + """

        tar --xattrs -cpf tree.tar tree && mkdir out && tar --xattrs -xpf tree.tar -C out
        diff -r --no-dereference --exclude=pipe tree out/tree
        cd tree && find . -printf '%P %y %m %U %G %T@ %n %l\\n' | grep -v '^ ' | sort > ../a
        cd ../out/tree && find . -printf '%P %y %m %U %G %T@ %n %l\\n' | grep -v '^ ' | sort > ../../b
        cd ../.. && sed -i -E 's/ ([0-9]+)\\.([0-9]+) / \\1 /' a b && diff a b
        test "$(getfattr --only-values -n user.k out/tree/d1/6)" = value
        """, in: scratch.path)
  }

  @Test(.enabled(if: Command.isInstalled("rsync"), "rsync is not installed"))
  func rsyncCopiesOnceAndThenNothing() throws {
    let output = try Command.shell(
      Self.makeTree
        + """

        rsync -aHX --specials tree/ copy/ && rsync -aHX --specials -i tree/ copy/
        rsync -aHXc --specials -i tree/ copy/
        """, in: scratch.path)
    #expect(output.isEmpty, "the second run copied something")
  }

  @Test func compilerAndMake() throws {
    try Command.shell(
      """
      cat > Makefile <<'EOF'
      OBJECTS = $(patsubst %.c,%.o,$(wildcard src/*.c))
      program: $(OBJECTS)
      \t$(CC) -o $@ $^
      EOF
      mkdir src
      for i in $(seq 20); do echo "int f$i(int x) { return x + $i; }" > src/f$i.c; done
      { for i in $(seq 20); do echo "int f$i(int);"; done
        echo 'int main(void) { int x = 0;'; for i in $(seq 20); do echo "x = f$i(x);"; done
        echo 'return x == 210 ? 0 : 1; }'; } > src/main.c
      make -j4 >/dev/null && ./program
      make -q program
      touch src/f3.c && ! make -q program && make >/dev/null && ./program
      """, in: scratch.path)
  }

  @Test func debianPackageBuildAndUnpack() throws {
    try Command.shell(
      """
      mkdir -p p/DEBIAN p/usr/share/doc/swfs-test && head -c 300000 /dev/urandom > p/usr/share/doc/swfs-test/f
      printf 'Package: swfs-test\\nVersion: 1\\nArchitecture: all\\nMaintainer: t <t@example.org>\\nDescription: t\\n' > p/DEBIAN/control
      dpkg-deb --root-owner-group -b p p.deb >/dev/null && dpkg-deb -x p.deb out
      cmp p/usr/share/doc/swfs-test/f out/usr/share/doc/swfs-test/f
      mkdir -p root/var/lib/dpkg/info root/var/lib/dpkg/updates root/var/lib/dpkg/triggers
      : > root/var/lib/dpkg/status && : > root/var/lib/dpkg/available
      dpkg --root=root --force-not-root --force-bad-path --log=/dev/null -i p.deb >/dev/null
      cmp p/usr/share/doc/swfs-test/f root/usr/share/doc/swfs-test/f
      dpkg --root=root --log=/dev/null -r swfs-test >/dev/null && test ! -e root/usr/share/doc/swfs-test
      """, in: scratch.path)
  }

  @Test func pythonVirtualEnvironment() throws {
    try Command.shell(
      "python3 -m venv --without-pip v && v/bin/python -c 'import json, sys; print(sys.prefix)'",
      in: scratch.path)
  }

  @Test func editorsSaveTheirWay() throws {
    // Backup by rename, by copy, and writing in place through a swap file.
    try Command.shell(
      """
      echo one > f && cp -p f f~ && echo two > f
      echo three > .f.new && mv f f.bak && mv .f.new f
      sed -i s/three/four/ f && test "$(cat f f~ f.bak)" = "four
      one
      two"
      """, in: scratch.path)
  }
}
