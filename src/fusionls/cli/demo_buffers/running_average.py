"""Average of a stream of numbers."""


class RunningAverage:
    def __init__(self):
        self.total = 0.0
        self.count = 0

    def add(self, value):
        self.total += value
        self.count += 1

    def average(self):
        if self.count == 0:
            return 0.0
        return $0


if __name__ == "__main__":
    running = RunningAverage()
    for number in (3, 5, 7):
        running.add(number)
    print(running.average())
