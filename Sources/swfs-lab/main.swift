print("swfs-lab")
