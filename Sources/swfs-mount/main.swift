import Glibc
import SwfsMount

// `_exit`: worker threads may still be inside libfuse, and destructors would run under them.
_exit(Program.run(CommandLine.arguments))
