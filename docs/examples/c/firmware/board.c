/*
 * client.c on a chip: QEMU's lm3s6965evb, a Cortex-M3 with 256 KiB of flash and 64 KiB of RAM. What
 * the C library does elsewhere, in as few lines as it takes: start, say, stop. Printing and
 * stopping go to the debugger (semihosting), which is QEMU.
 */
#include <stddef.h>
#include <stdint.h>

#include "../say.h"

extern uint32_t stack_top, data_load, data_start, data_end, bss_start, bss_end;
extern int main(void);

enum { WRITE0 = 0x04, EXIT_EXTENDED = 0x20, APPLICATION_EXIT = 0x20026 };

static void ask_debugger(uint32_t operation, const void *argument)
{
    register uint32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;

    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
}

void say(const char *text)
{
    ask_debugger(WRITE0, text);
}

static void stop(uint32_t code)
{
    const uint32_t block[2] = {APPLICATION_EXIT, code};

    for (;;)
        ask_debugger(EXIT_EXTENDED, block);
}

void fault(void)
{
    say("fault\n");
    stop(3);
}

void reset(void)
{
    const uint32_t *from = &data_load;

    for (uint32_t *to = &data_start; to < &data_end; to++)
        *to = *from++;
    for (uint32_t *to = &bss_start; to < &bss_end; to++)
        *to = 0;
    stop((uint32_t)main());
}

/* The chip takes its stack pointer from the first word and begins at the second. */
__attribute__((section(".vectors"), used)) static const void *const vectors[16] = {
    &stack_top, reset, fault, fault, fault, fault, fault, fault,
    fault,      fault, fault, fault, fault, fault, fault, fault,
};
