/* Redirects in IKE_SA_INIT and in IKE_AUTH: charon asks its providers. */
#include "gateway.h"
#include "door.h"

/* One request, and who asks it. */
typedef struct {
	gateway_t *gateway;
	const ikr_init_request *request;	/* NULL outside IKE_SA_INIT */
	ikr_arrival arrival;
	int family;
	host_t *own;
	bool any_family;
} asked_t;

static bool is_own(const target_t *target, host_t *own)
{
	ikr_address address = address_of(own);

	return target->target.kind == address.kind &&
		   !memcmp(target->target.address, address.octets, sizeof(address.octets));
}

static bool sent_client(const ikr_init_request *request, const target_t *target)
{
	return request->redirected_from_state == IKR_VALID &&
		   request->redirected_from.kind == target->target.kind &&
		   !memcmp(request->redirected_from.octets, target->target.address, 16);
}

static bool may_go(void *data, const target_t *target)
{
	asked_t *this = data;
	uint32_t kind = this->family == AF_INET ? IKR_IPV4 : IKR_IPV6;

	if (!this->any_family && target->target.kind != IKR_FQDN && target->target.kind != kind)
	{
		return FALSE;
	}
	if (!this->request)
	{
		return !is_own(target, this->own);
	}
	return !sent_client(this->request, target) &&
		   ikr_front_door_may_redirect(&this->gateway->options->door, this->request,
									   &this->arrival, &target->target) == IKR_OK;
}

/* A target that the client can surely reach, or else any. */
static int choose_for(asked_t *asked, uint64_t client)
{
	options_t *options = asked->gateway->options;
	int chosen;

	chosen = choose(options->targets, options->target_count, client, may_go, asked);
	if (chosen < 0)
	{
		asked->any_family = TRUE;
		chosen = choose(options->targets, options->target_count, client, may_go, asked);
	}
	return chosen;
}

int door_choose(gateway_t *this, uint64_t client, int family, host_t *own)
{
	asked_t asked = { .gateway = this, .family = family, .own = own };

	return choose_for(&asked, client);
}

/* Whether this gateway sends clients away now. */
static bool sends_away(gateway_t *this, bool phase)
{
	return this->maintenance ||
		   (phase && charon->ike_sa_manager->get_count(charon->ike_sa_manager) >
													this->options->above);
}

/* Decides on a request with its octets at hand; charon asks for the outcome in a moment. */
void door_receives(gateway_t *this, ike_sa_t *ike_sa, message_t *message)
{
	chunk_t octets = message->get_packet_data(message);
	host_t *source = message->get_source(message), *own = message->get_destination(message);
	void *id = (void*)(uintptr_t)ike_sa->get_unique_id(ike_sa);
	ikr_init_request request;
	asked_t asked = {
		.gateway = this, .request = &request, .family = source->get_family(source), .own = own,
		/* charon asks for cookies before it gets here, if it wants any */
		.arrival = { .destination = address_of(own) },
	};
	int chosen;

	if (!sends_away(this, this->options->on_init) ||
		ikr_init_request_parse(octets.ptr, octets.len, &request) != IKR_OK)
	{
		return;
	}
	chosen = choose_for(&asked, key_of_host(source));
	if (chosen >= 0)
	{	/* from one: NULL is none */
		this->doors->put(this->doors, id, (void*)(uintptr_t)(chosen + 1));
	}
}

METHOD(redirect_provider_t, redirect_on_init, bool,
	gateway_t *this, ike_sa_t *ike_sa, identification_t **to)
{
	uintptr_t chosen;

	this->mutex->lock(this->mutex);
	chosen = (uintptr_t)this->doors->remove(this->doors,
									(void*)(uintptr_t)ike_sa->get_unique_id(ike_sa));
	this->mutex->unlock(this->mutex);
	if (!chosen)
	{
		return FALSE;
	}
	*to = identity_of(&this->options->targets[chosen - 1].target);
	return TRUE;
}

uint64_t client_key(gateway_t *this, ike_sa_t *ike_sa)
{
	identification_t *client = ike_sa->get_other_eap_id(ike_sa);

	if (this->options->by_identity)
	{
		return key_of_octets(client->get_encoding(client));
	}
	return key_of_host(ike_sa->get_other_host(ike_sa));
}

METHOD(redirect_provider_t, redirect_on_auth, bool,
	gateway_t *this, ike_sa_t *ike_sa, identification_t **to)
{
	host_t *client = ike_sa->get_other_host(ike_sa), *own = ike_sa->get_my_host(ike_sa);
	int chosen = -1;

	this->mutex->lock(this->mutex);
	if (sends_away(this, this->options->on_auth))
	{
		chosen = door_choose(this, client_key(this, ike_sa), client->get_family(client), own);
	}
	this->mutex->unlock(this->mutex);
	if (chosen < 0)
	{
		return FALSE;
	}
	*to = identity_of(&this->options->targets[chosen].target);
	return TRUE;
}

void door_open(gateway_t *this)
{
	this->provider.redirect_on_init = _redirect_on_init;
	this->provider.redirect_on_auth = _redirect_on_auth;
}
