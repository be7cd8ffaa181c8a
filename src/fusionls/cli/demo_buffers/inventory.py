"""Which articles must be ordered again."""


def missing_articles(stock, minimum):
    missing = []
    for name, amount in stock.items():
        if amount < minimum:
            missing.$0
    return missing


print(missing_articles({"bolt": 3, "nut": 40, "washer": 0}, minimum=10))
