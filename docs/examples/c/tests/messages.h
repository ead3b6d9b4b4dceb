/* Messages for the tests, built by hand from RFC 7296 and RFC 5685. */
#ifndef MESSAGES_H
#define MESSAGES_H

#include <stdint.h>

#define SPI_OCTETS 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18
#define NO_SPI 0, 0, 0, 0, 0, 0, 0, 0
#define NONCE_OCTETS                                                                     \
    0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf

static const uint8_t spi[8] = {SPI_OCTETS};
static const uint8_t nonce[16] = {NONCE_OCTETS};

/* IKE_SA_INIT request: SA, KE (long enough for an answer with a name), Ni, REDIRECT_SUPPORTED. */
static const uint8_t init_request[128] = {
    SPI_OCTETS, NO_SPI, 33, 0x20, 34, 0x08, 0, 0, 0, 0, 0, 0, 0, 128,
    34, 0, 0, 8, 0, 0, 0, 0,
    40, 0, 0, 64, 0, 19, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19,
    20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43,
    44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56,
    41, 0, 0, 20, NONCE_OCTETS,
    0, 0, 0, 8, 0, 0, 0x40, 0x16};

/* The body of N(REDIRECT, gw2.example.com), from the protocol id on. */
#define REDIRECT_TO_NAME 0, 0, 0x40, 0x17, 3, 15, 'g', 'w', '2', '.', 'e', 'x', 'a', 'm', 'p', \
                         'l', 'e', '.', 'c', 'o', 'm'
static const uint8_t redirect_to_name[] = {REDIRECT_TO_NAME};
static const uint8_t redirect_with_nonce[] = {REDIRECT_TO_NAME, NONCE_OCTETS};

/* IKE_SA_INIT response: N(REDIRECT, gw2.example.com, Ni). */
static const uint8_t init_response[28 + 4 + sizeof redirect_with_nonce] = {
    SPI_OCTETS, NO_SPI, 41, 0x20, 34, 0x20, 0, 0, 0, 0,
    0, 0, 0, 28 + 4 + sizeof redirect_with_nonce,
    0, 0, 0, 4 + sizeof redirect_with_nonce, REDIRECT_TO_NAME, NONCE_OCTETS};

/* Inside SK: N(REDIRECT, 192.0.2.45). */
static const uint8_t informational[] = {0, 0, 0, 14, 0, 0, 0x40, 0x17, 1, 4, 192, 0, 2, 45};

#endif
