from shop import errors


def prepare(number):
    label = "order %d" % number

    def send():
        errors.die()
        return label

    return send
