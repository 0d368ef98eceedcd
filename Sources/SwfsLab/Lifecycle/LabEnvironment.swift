/// What programs and tests need to know to use a lab.
enum LabEnvironment {
  static func variables(_ lab: Lab) -> [(name: String, value: String)] {
    let secrets = lab.settings.secrets
    let database = NodeName.all[0].address(in: lab.subnet)
    func conninfo(_ user: String, _ password: String) -> String {
      "postgresql://\(user):\(password)@\(database):5432/seaweedfs"
    }
    var variables = [
      ("SWFS_LAB", "\(lab.layout.name)"),
      ("SWFS_LAB_STATE", lab.layout.state),
      ("SWFS_SUBNET", "\(lab.subnet)"),
      ("SWFS_NODES", NodeName.all.map { "\($0)" }.joined(separator: " ")),
      ("SWFS_FILERS", list(lab, Filers.port)),
      ("SWFS_MASTERS", list(lab, Masters.port)),
      ("SWFS_VOLUMES", list(lab, Volumes.port)),
      ("SWFS_POSTGRES", conninfo("swfs_reader", secrets.reader)),
      ("SWFS_POSTGRES_WRITER", conninfo("seaweedfs", secrets.seaweedfs)),
      ("SWFS_POSTGRES_ADMIN", conninfo("postgres", secrets.postgres)),
      ("SWFS_PGPASSFILE", lab.layout.passwordFile),
      ("SWFS_SECURITY", lab.layout.client + "/security.toml"),
    ]
    if lab.settings.s3 {
      variables += [
        ("SWFS_S3", "http://\(database):\(Filers.s3Port)"),
        ("SWFS_S3_ACCESS_KEY", secrets.s3AccessKey),
        ("SWFS_S3_SECRET_KEY", secrets.s3SecretKey),
      ]
    }
    return variables.map { (name: $0.0, value: $0.1) }
  }

  private static func list(_ lab: Lab, _ port: Int) -> String {
    lab.addresses(port).joined(separator: ",")
  }
}
