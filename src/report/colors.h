/* How text for people is coloured: ECMA-48's select graphic rendition. */
#ifndef PC_REPORT_COLORS_H
#define PC_REPORT_COLORS_H

#define BOLD "\033[1m"
#define RED "\033[1;31m"
#define DIM "\033[2m"
#define CYAN "\033[36m"
#define YELLOW "\033[33m"
#define OFF "\033[0m"

#endif
