#include "shared.h"

#include <encoding/payloads/delete_payload.h>

uint64_t milliseconds(void)
{
	timeval_t now;

	time_monotonic(&now);
	return (uint64_t)now.tv_sec * 1000 + now.tv_usec / 1000;
}

ikr_address address_of(host_t *host)
{
	chunk_t octets = host->get_address(host);
	ikr_address address = {
		.kind = host->get_family(host) == AF_INET ? IKR_IPV4 : IKR_IPV6,
	};

	memcpy(address.octets, octets.ptr, min(octets.len, sizeof(address.octets)));
	return address;
}

host_t *host_of(const ikr_address *address)
{
	bool v4 = address->kind == IKR_IPV4;
	chunk_t octets = chunk_create((u_char*)address->octets, v4 ? 4 : 16);

	return host_create_from_chunk(v4 ? AF_INET : AF_INET6, octets, IKEV2_UDP_PORT);
}

identification_t *identity_of(const ikr_target *target)
{
	switch (target->kind)
	{
		case IKR_IPV4:
			return identification_create_from_encoding(ID_IPV4_ADDR,
								chunk_create((u_char*)target->address, 4));
		case IKR_IPV6:
			return identification_create_from_encoding(ID_IPV6_ADDR,
								chunk_create((u_char*)target->address, 16));
		case IKR_FQDN:
			return identification_create_from_encoding(ID_FQDN,
								chunk_create((u_char*)target->name, target->name_length));
		default:
			return NULL;
	}
}

/* A REDIRECT, from its protocol id on, as the wire had it. */
static chunk_t notify_body(notify_payload_t *notify)
{
	chunk_t spi = notify->get_spi_data(notify), data = notify->get_notification_data(notify);
	u_char head[] = { notify->get_protocol_id(notify), spi.len, REDIRECT >> 8, REDIRECT & 0xff };

	return chunk_cat("ccc", chunk_from_thing(head), spi, data);
}

static void see_redirect(seen_t *seen, notify_payload_t *notify)
{
	ikr_redirect *redirect = &seen->contents.redirect;
	chunk_t body = notify_body(notify);

	if (redirect->state == IKR_ABSENT)
	{
		seen->notify = body;
		ikr_redirect_parse(body.ptr, body.len, redirect);
		return;
	}
	if (!chunk_equals(body, seen->notify))
	{
		*redirect = (ikr_redirect){
			.state = IKR_INVALID, .reason = IKR_REASON_CONFLICTING_NOTIFIES,
		};
	}
	chunk_free(&body);
}

static void see_notify(seen_t *seen, notify_payload_t *notify)
{
	notify_type_t type = notify->get_notify_type(notify);

	switch (type)
	{
		case REDIRECT:
			see_redirect(seen, notify);
			break;
		case ANOTHER_AUTH_FOLLOWS:
			seen->contents.another_auth_follows = 1;
			break;
		case MULTIPLE_AUTH_SUPPORTED:
			seen->contents.multiple_auth_supported = 1;
			break;
		case AUTHENTICATION_FAILED:
		case INVALID_SYNTAX:
		case UNSUPPORTED_CRITICAL_PAYLOAD:
			seen->contents.fatal_error = seen->contents.fatal_error ?: type;
			break;
		default:
			break;
	}
}

void see(message_t *message, seen_t *seen)
{
	enumerator_t *payloads;
	payload_t *payload;

	memset(seen, 0, sizeof(*seen));
	payloads = message->create_payload_enumerator(message);
	while (payloads->enumerate(payloads, &payload))
	{
		switch (payload->get_type(payload))
		{
			case PLV2_AUTH:
				seen->contents.auth = 1;
				break;
			case PLV2_EAP:
				seen->contents.eap = 1;
				break;
			case PLV2_SECURITY_ASSOCIATION:
				seen->contents.sa = 1;
				break;
			case PLV2_DELETE:
				if (((delete_payload_t*)payload)->get_protocol_id(
											(delete_payload_t*)payload) == PROTO_IKE)
				{
					seen->contents.deletes_ike_sa = 1;
				}
				break;
			case PLV2_NOTIFY:
				see_notify(seen, (notify_payload_t*)payload);
				break;
			default:
				break;
		}
	}
	payloads->destroy(payloads);
}

void see_end(seen_t *seen)
{
	chunk_free(&seen->notify);
}

bool take_away(message_t *message, notify_type_t type)
{
	enumerator_t *payloads;
	payload_t *payload;
	bool found = FALSE;

	payloads = message->create_payload_enumerator(message);
	while (payloads->enumerate(payloads, &payload))
	{
		if (payload->get_type(payload) == PLV2_NOTIFY &&
			((notify_payload_t*)payload)->get_notify_type(
											(notify_payload_t*)payload) == type)
		{
			message->remove_payload_at(message, payloads);
			payload->destroy(payload);
			found = TRUE;
		}
	}
	payloads->destroy(payloads);
	return found;
}

void ignore(message_t *message)
{
	/* charon drops what a listener has given this type. */
	message->set_exchange_type(message, EXCHANGE_TYPE_UNDEFINED);
}
