signal.pthread_sigmask(signal.SIG_BLOCK, set(range(1, 65)))
for number in range(1, 32):
    refusal(signal.signal, number, signal.SIG_IGN)
while True:
    pass
