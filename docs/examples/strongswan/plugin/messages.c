/* The messages of charon's IKE SAs, told to the machines. All of it runs with charon's bus locked,
 * so nothing here waits: a REDIRECT is taken out of the message, and follow.c does the rest. */
#include "client.h"

#include <encoding/payloads/nonce_payload.h>
#include <sa/ikev2/tasks/child_create.h>

/* While charon sets up one IKE SA in the place of another, its bus names the other. */
static bound_t *find_sender(client_t *this, ike_sa_t *ike_sa, message_t *message)
{
	uint64_t spi = message->get_initiator_spi(message);
	bound_t *bound, *found = NULL;
	enumerator_t *all;

	if (spi == ike_sa->get_id(ike_sa)->get_initiator_spi(ike_sa->get_id(ike_sa)))
	{
		return client_find(this, ike_sa);
	}
	all = this->by_id->create_enumerator(this->by_id);
	while (!found && all->enumerate(all, NULL, &bound))
	{
		found = bound->spi == spi ? bound : NULL;
	}
	all->destroy(all);
	return found;
}

static void sends_init(client_t *this, ike_sa_t *ike_sa, message_t *message)
{
	bound_t *bound = find_sender(this, ike_sa, message);
	nonce_payload_t *nonce;
	ikr_initiator_view view;
	identification_t *from;
	uint64_t spi;
	chunk_t data;
	host_t *host;

	if (!bound)
	{
		return;
	}
	nonce = (nonce_payload_t*)message->get_payload(message, PLV2_NONCE);
	spi = message->get_initiator_spi(message);
	memcpy(bound->connection->spi, &spi, sizeof(spi));
	chunk_free(&bound->connection->nonce);
	bound->connection->nonce = nonce ? nonce->get_nonce(nonce) : chunk_empty;

	/* What the machine wants it to carry, in the place of what charon wants. */
	ikr_initiator_look(&bound->connection->machine, milliseconds(), &view);
	if (!view.has_notifies || view.sa != bound->sa)
	{
		return;
	}
	take_away(message, REDIRECT_SUPPORTED);
	take_away(message, REDIRECTED_FROM);
	if (view.notifies.redirect_supported)
	{
		message->add_notify(message, FALSE, REDIRECT_SUPPORTED, chunk_empty);
	}
	if (view.notifies.redirected_from.kind != IKR_NONE)
	{
		host = host_of(&view.notifies.redirected_from);
		from = identification_create_from_sockaddr(host->get_sockaddr(host));
		data = redirect_data_create(from, chunk_empty);
		message->add_notify(message, FALSE, REDIRECTED_FROM, data);
		chunk_free(&data);
		from->destroy(from);
		host->destroy(host);
	}
}

static void receives_init(client_t *this, ike_sa_t *ike_sa, message_t *message)
{
	bound_t *bound = client_find(this, ike_sa);
	chunk_t octets = message->get_packet_data(message);
	ikr_initiator_event event = { .tag = IKR_INITIATOR_EVENT_INIT_RESPONSE_RECEIVED };

	if (!bound || ikr_init_response_parse(octets.ptr, octets.len, &event.response) != IKR_OK)
	{
		if (take_away(message, REDIRECT))
		{
			ignore(message);
		}
		return;
	}
	memcpy(event.sent_spi, bound->connection->spi, sizeof(event.sent_spi));
	event.sent_nonce.data = bound->connection->nonce.ptr;
	event.sent_nonce.length = bound->connection->nonce.len;
	bound->connection->multiple_auth = event.response.multiple_auth_supported;
	if (client_tell(bound, ike_sa, &event))
	{
		take_away(message, REDIRECT);
	}
	else
	{	/* charon goes on waiting for another response */
		ignore(message);
	}
}

/* charon went on after it had checked an AUTH payload: it was right. Or it did not. */
void connection_proven(bound_t *bound, ike_sa_t *ike_sa, bool right)
{
	connection_t *connection = bound->connection;
	ikr_initiator_event event = {
		.tag = IKR_INITIATOR_EVENT_AUTH_RESPONSE_RECEIVED,
		.peer_auth = right ? IKR_AUTH_VERIFIED : IKR_AUTH_FAILED,
		.contents = connection->response.contents,
	};

	if (connection->unproven)
	{
		connection->unproven = FALSE;
		client_tell(bound, ike_sa, &event);
		see_end(&connection->response);
	}
}

/* Remembers which CHILD SAs an IKE_AUTH request asks for. */
static void collect_children(connection_t *connection, ike_sa_t *ike_sa)
{
	enumerator_t *tasks;
	child_sa_t *child;
	child_cfg_t *cfg;
	task_t *task;

	while (connection->children->remove_last(connection->children, (void**)&cfg) == SUCCESS)
	{
		cfg->destroy(cfg);
	}
	tasks = ike_sa->create_task_enumerator(ike_sa, TASK_QUEUE_ACTIVE);
	while (tasks->enumerate(tasks, &task))
	{
		if (task->get_type(task) == TASK_CHILD_CREATE)
		{
			child = ((child_create_t*)task)->get_child((child_create_t*)task);
			if (child)
			{
				cfg = child->get_config(child);
				connection->children->insert_last(connection->children, cfg->get_ref(cfg));
			}
		}
	}
	tasks->destroy(tasks);
}

static void sends_auth(client_t *this, ike_sa_t *ike_sa, message_t *message)
{
	bound_t *bound = client_find(this, ike_sa);
	ikr_initiator_event event = { .tag = IKR_INITIATOR_EVENT_INIT_COMPLETED };
	ikr_initiator_view view;
	seen_t seen;

	if (!bound)
	{
		return;
	}
	connection_proven(bound, ike_sa, TRUE);
	ikr_initiator_look(&bound->connection->machine, milliseconds(), &view);
	if (view.phase == IKR_INITIATOR_PHASE_INIT)
	{
		event.multiple_auth_offered = bound->connection->multiple_auth;
		client_tell(bound, ike_sa, &event);
		collect_children(bound->connection, ike_sa);
	}
	see(message, &seen);
	event = (ikr_initiator_event){
		.tag = IKR_INITIATOR_EVENT_AUTH_REQUEST_SENT,
		.auth_sent = {
			.auth = seen.contents.auth,
			.eap = seen.contents.eap,
			.another_auth_follows = seen.contents.another_auth_follows,
			.multiple_auth_supported = seen.contents.multiple_auth_supported,
		},
	};
	client_tell(bound, ike_sa, &event);
	see_end(&seen);
}

static void receives_auth(client_t *this, ike_sa_t *ike_sa, message_t *message)
{
	bound_t *bound = client_find(this, ike_sa);
	connection_t *connection;

	if (bound)
	{
		connection = bound->connection;
		see_end(&connection->response);
		see(message, &connection->response);
		connection->unproven = TRUE;
		if (!connection->response.contents.auth)
		{
			ikr_initiator_event event = {
				.tag = IKR_INITIATOR_EVENT_AUTH_RESPONSE_RECEIVED,
				.peer_auth = IKR_AUTH_ABSENT,
				.contents = connection->response.contents,
			};

			connection->unproven = FALSE;
			client_tell(bound, ike_sa, &event);
		}
	}
	/* charon would act before it is told to, and this release of it would not survive. */
	take_away(message, REDIRECT);
}

static void receives_other(client_t *this, ike_sa_t *ike_sa, message_t *message)
{
	bound_t *bound = client_find(this, ike_sa);
	ikr_initiator_event event = { .tag = IKR_INITIATOR_EVENT_MISPLACED_REDIRECT };
	seen_t seen;

	see(message, &seen);
	if (bound && seen.contents.redirect.state != IKR_ABSENT)
	{
		if (message->get_exchange_type(message) == INFORMATIONAL &&
			message->get_request(message))
		{
			event.tag = IKR_INITIATOR_EVENT_INFORMATIONAL_RECEIVED;
			event.contents = seen.contents;
		}
		client_tell(bound, ike_sa, &event);
	}
	see_end(&seen);
	take_away(message, REDIRECT);
}

void client_sends(client_t *this, ike_sa_t *ike_sa, message_t *message)
{
	this->mutex->lock(this->mutex);
	if (message->get_request(message))
	{
		switch (message->get_exchange_type(message))
		{
			case IKE_SA_INIT:
				sends_init(this, ike_sa, message);
				break;
			case IKE_AUTH:
				sends_auth(this, ike_sa, message);
				break;
			default:
				break;
		}
	}
	this->mutex->unlock(this->mutex);
}

void client_receives(client_t *this, ike_sa_t *ike_sa, message_t *message)
{
	exchange_type_t exchange = message->get_exchange_type(message);

	this->mutex->lock(this->mutex);
	if (exchange == IKE_SA_INIT && !message->get_request(message))
	{
		receives_init(this, ike_sa, message);
	}
	else if (exchange == IKE_AUTH && !message->get_request(message))
	{
		receives_auth(this, ike_sa, message);
	}
	else
	{
		receives_other(this, ike_sa, message);
	}
	this->mutex->unlock(this->mutex);
}

void client_proven(client_t *this, ike_sa_t *ike_sa, bool right)
{
	bound_t *bound;

	this->mutex->lock(this->mutex);
	bound = client_find(this, ike_sa);
	if (bound)
	{
		connection_proven(bound, ike_sa, right);
	}
	this->mutex->unlock(this->mutex);
}

