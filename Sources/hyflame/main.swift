print("hyflame")
