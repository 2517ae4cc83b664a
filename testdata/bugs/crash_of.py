"""One defect of the shop, by its name. Whoever runs it has the shop on PYTHONPATH."""
import sys

from shop import cart, errors, orders, parse, stock, tree


def main(name, depth):
    if name == "segv_in_function":
        cart.total([1, 2, depth])
    elif name == "segv_in_method":
        cart.Cart().add("apple", depth)
    elif name == "abort_in_handler":
        parse.order("1 x apple", depth)
    elif name == "abort_in_nested_handler":
        parse.order_or_default("apple", depth)
    elif name == "same_exception_elsewhere":
        parse.price("cheap", depth)
    elif name == "recursion":
        tree.walk(depth)
    elif name == "mutual_recursion":
        tree.even(2 * depth)
    elif name == "closure":
        orders.prepare(depth)()
    elif name == "deadlock":
        stock.Stock(depth).run()
    elif name == "own_exception":
        try:
            stock.take(depth)
        except errors.OutOfStock:
            errors.give_up()
    elif name == "near_miss":
        import near_miss
        near_miss.run(sys.argv[3])
    else:
        sys.exit("no such defect: " + name)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
