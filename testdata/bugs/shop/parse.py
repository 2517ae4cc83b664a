from shop import errors

PRICES = {"pear": 2}


def order(text, number):
    try:
        return int(text) + number
    except ValueError:
        errors.give_up()


def order_or_default(name, number):
    try:
        return order_of(name) * number
    except KeyError:
        try:
            return 1 // (number - number)
        except ZeroDivisionError:
            errors.give_up()


def order_of(name):
    return PRICES[name]


def price(text, number):
    try:
        return amount(text) * number
    except ValueError:
        errors.give_up()


def amount(text):
    return float(text)
