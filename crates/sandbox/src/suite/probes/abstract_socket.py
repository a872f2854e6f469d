import socket
client = socket.socket(socket.AF_UNIX)
expect("connect to the host's abstract socket", refusal(client.connect, "\0" + NAME), "ECONNREFUSED", "EPERM")
passed()
