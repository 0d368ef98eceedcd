print("swfs-mount")
