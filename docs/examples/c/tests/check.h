/* A few lines for the tests in C: each failure is told, and how many there were at the end. */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <string.h>

#include "ikev2_redirect.h"

static unsigned checks, failures;

#define CHECK(condition)                                                        \
    do {                                                                        \
        checks++;                                                               \
        if (!(condition)) {                                                     \
            failures++;                                                         \
            printf("%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);      \
        }                                                                       \
    } while (0)

#define STATUS(call, wanted)                                                                  \
    do {                                                                                      \
        ikr_status got_ = (call);                                                             \
        checks++;                                                                             \
        if (got_ != (ikr_status)(wanted)) {                                                   \
            failures++;                                                                       \
            printf("%s:%d: %s: %s, not %s\n", __FILE__, __LINE__, #call, ikr_status_name(got_), \
                   ikr_status_name(wanted));                                                  \
        }                                                                                     \
    } while (0)

static inline int verdict(const char *name)
{
    printf("%s: %u checks, %u failures\n", name, checks, failures);
    return failures != 0;
}

static inline ikr_address v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
    ikr_address address = {.kind = IKR_IPV4, .octets = {a, b, c, d}};
    return address;
}

#endif
