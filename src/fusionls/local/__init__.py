"""What runs on this machine without a network: weights and the llama.cpp child process."""
