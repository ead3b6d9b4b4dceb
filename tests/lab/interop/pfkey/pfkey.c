/*
 * Stands in for PF_KEY (RFC 2367) where the kernel has none: OpenIKED does not start without it.
 *
 * Loaded into iked by LD_PRELOAD. A socket of that family becomes one end of a pair; at the other
 * end a process says yes to every request. So IKE SAs come up; the flows and CHILD SAs that iked
 * then believes in exist nowhere.
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* From linux/pfkeyv2.h and linux/in.h, which not every system has. */
enum { GETSPI = 1, EXTENSION_SA = 1, MATURE = 1 };
enum { IP_POLICY = 16, IPV6_POLICY = 34 };
enum { PATIENCE_MS = 5000 };
enum { MESSAGE_MAX = 65536, WORD = 8, FIRST_SPI = 0xc0000001, SPI_STEP = 0x1001 };

struct message {
	uint8_t version, type, error, satype;
	uint16_t words, reserved;
	uint32_t sequence, process;
};

struct sa {
	uint16_t words, type;
	uint32_t spi;
	uint8_t replay, state, auth, encryption;
	uint32_t flags;
};

static uint8_t buffer[MESSAGE_MAX + sizeof(struct sa)];

/* The SPI that was asked for stands directly behind the header. */
static size_t with_spi(size_t length)
{
	static uint32_t next = FIRST_SPI;
	struct sa sa = {
		.words = sizeof(sa) / WORD,
		.type = EXTENSION_SA,
		.spi = htonl(next),
		.state = MATURE,
	};
	uint8_t *body = buffer + sizeof(struct message);

	next += SPI_STEP;
	memmove(body + sizeof(sa), body, length - sizeof(struct message));
	memcpy(body, &sa, sizeof(sa));
	return length + sizeof(sa);
}

static void answer_all(int fd)
{
	struct message *message = (struct message *)buffer;
	ssize_t received;

	while ((received = recv(fd, buffer, MESSAGE_MAX, 0)) >= (ssize_t)sizeof(*message)) {
		size_t length = (size_t)received;

		message->error = 0;
		if (message->type == GETSPI)
			length = with_spi(length);
		message->words = (uint16_t)(length / WORD);
		if (send(fd, buffer, length, MSG_NOSIGNAL) < 0)
			break;
	}
	_exit(0);
}

static int stand_in(void)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends))
		return -1;
	switch (fork()) {
	case -1:
		return -1;
	case 0:
		signal(SIGTERM, SIG_DFL);
		/* It ends when iked closes its end, so it must hold none itself. */
		for (int fd = STDERR_FILENO + 1; fd < 1024; fd++)
			if (fd != ends[1])
				close(fd);
		answer_all(ends[1]);
	}
	close(ends[1]);
	return ends[0];
}

int socket(int domain, int type, int protocol)
{
	static int (*real)(int, int, int);

	if (domain == AF_KEY)
		return stand_in();
	if (!real)
		real = (int (*)(int, int, int))dlsym(RTLD_NEXT, "socket");
	return real(domain, type, protocol);
}

/* iked wants its own sockets to pass by IPsec, which nothing here would apply to them. */
int setsockopt(int fd, int level, int option, const void *value, socklen_t length)
{
	static int (*real)(int, int, int, const void *, socklen_t);
	int result;

	if (!real)
		real = (int (*)(int, int, int, const void *, socklen_t))dlsym(RTLD_NEXT, "setsockopt");
	result = real(fd, level, option, value, length);
	if ((level == IPPROTO_IP && option == IP_POLICY) ||
	    (level == IPPROTO_IPV6 && option == IPV6_POLICY))
		return 0;
	return result;
}

/* A kernel answers within the call; a process may need longer than iked waits, a millisecond. */
int poll(struct pollfd *fds, nfds_t count, int timeout)
{
	static int (*real)(struct pollfd *, nfds_t, int);

	if (!real)
		real = (int (*)(struct pollfd *, nfds_t, int))dlsym(RTLD_NEXT, "poll");
	return real(fds, count, timeout > 0 && timeout < PATIENCE_MS ? PATIENCE_MS : timeout);
}
