/* The client is asked whether it wants to go somewhere: policy and DNS, in a job of its own, since
 * a look-up takes its time; then charon is made to go there. */
#include "client.h"

#include <processing/jobs/callback_job.h>
#include <processing/jobs/delete_ike_sa_job.h>

typedef struct {
	connection_t *connection;
	uint32_t question;
	uint32_t provenance;
	uint32_t id;			/* charon's number of the IKE SA */
	uint32_t sa;			/* the machine's */
	ike_sa_id_t *ike_sa_id;
	int family;
	ikr_target target;		/* a name points to `name` */
	char *name;
} question_t;

static void question_destroy(question_t *this)
{
	client_t *client = this->connection->client;

	client->mutex->lock(client->mutex);
	connection_unref(this->connection);
	client->mutex->unlock(client->mutex);
	this->ike_sa_id->destroy(this->ike_sa_id);
	free(this->name);
	free(this);
}

/* The address to go to, or NULL and why not. */
static host_t *judge(question_t *this, uint32_t *refusal)
{
	options_t *options = this->connection->client->options;
	ikr_address literal = { .kind = this->target.kind };
	host_t *address;

	if (this->target.kind == IKR_FQDN)
	{
		*refusal = IKR_REFUSED_AS_UNRESOLVABLE;
		address = host_create_from_dns(this->name, this->family, IKEV2_UDP_PORT);
	}
	else
	{
		memcpy(literal.octets, this->target.address, sizeof(literal.octets));
		address = host_of(&literal);
	}
	if (address && !options_allow(options, &this->target, address))
	{
		*refusal = IKR_REFUSED_BY_POLICY;
		address->destroy(address);
		address = NULL;
	}
	return address;
}

/* Charon's attempt is still the one that was redirected: it goes elsewhere, from scratch. */
static void go_on_connecting(question_t *this, identification_t *to, uint32_t sa)
{
	client_t *client = this->connection->client;
	ike_sa_t *ike_sa;
	status_t status = FAILED;

	ike_sa = charon->ike_sa_manager->checkout_by_id(charon->ike_sa_manager, this->id);
	if (!ike_sa)
	{
		return;
	}
	if (ike_sa->get_state(ike_sa) != IKE_CONNECTING)
	{	/* charon has given that attempt up meanwhile */
		charon->ike_sa_manager->checkin(charon->ike_sa_manager, ike_sa);
		return;
	}
	client->mutex->lock(client->mutex);
	this->connection->starting = FALSE;
	bind_sa(this->connection, ike_sa, sa);
	client->mutex->unlock(client->mutex);
	if (ike_sa->handle_redirect(ike_sa, to))
	{
		status = ike_sa->initiate(ike_sa, NULL, NULL);
	}
	if (status == SUCCESS || status == NEED_MORE)
	{
		charon->ike_sa_manager->checkin(charon->ike_sa_manager, ike_sa);
	}
	else
	{
		charon->ike_sa_manager->checkin_and_destroy(charon->ike_sa_manager, ike_sa);
	}
}

/* An IKE SA that is up stays until the one to the other gateway is. */
static void move(question_t *this, identification_t *to)
{
	ike_sa_t *ike_sa;

	ike_sa = charon->ike_sa_manager->checkout_by_id(charon->ike_sa_manager, this->id);
	if (ike_sa)
	{
		ike_sa->handle_redirect(ike_sa, to);
		charon->ike_sa_manager->checkin(charon->ike_sa_manager, ike_sa);
	}
}

/* Starts an IKE SA with these CHILD SAs, or without any. */
static void initiate(ike_sa_t *ike_sa, linked_list_t *children)
{
	status_t status = SUCCESS;
	child_cfg_t *child = NULL;

	do
	{
		children->remove_first(children, (void**)&child);
		status = ike_sa->initiate(ike_sa, child, NULL);
	}
	while (status != DESTROY_ME && children->get_count(children));
	if (status == DESTROY_ME)
	{
		charon->ike_sa_manager->checkin_and_destroy(charon->ike_sa_manager, ike_sa);
	}
	else
	{
		charon->ike_sa_manager->checkin(charon->ike_sa_manager, ike_sa);
	}
}

/* After IKE_AUTH there is no CHILD SA, and maybe no IKE SA: another one asks for the same. */
static void start_over(question_t *this, const ikr_address *from, identification_t *to,
					   uint32_t sa)
{
	connection_t *connection = this->connection;
	client_t *client = connection->client;
	linked_list_t *children = linked_list_create();
	child_cfg_t *child;
	ike_sa_t *new;

	new = charon->ike_sa_manager->create_new(charon->ike_sa_manager, IKEV2, TRUE);
	if (!new)
	{
		children->destroy(children);
		return;
	}
	new->set_peer_cfg(new, connection->peer_cfg);
	new->set_other_host(new, host_of(from));
	client->mutex->lock(client->mutex);
	connection->starting = FALSE;
	bind_sa(connection, new, sa);
	while (connection->children->remove_first(connection->children, (void**)&child) == SUCCESS)
	{
		children->insert_last(children, child);
	}
	client->mutex->unlock(client->mutex);

	charon->bus->set_sa(charon->bus, new);
	/* Only an IKE SA that is connecting can be sent elsewhere. */
	new->set_state(new, IKE_CONNECTING);
	new->handle_redirect(new, to);
	initiate(new, children);
	children->destroy_offset(children, offsetof(child_cfg_t, destroy));
	charon->bus->set_sa(charon->bus, NULL);
}

/* What the machine says after a permit. */
static void carry_out(question_t *this, const ikr_initiator_actions *actions)
{
	ikr_address from = { 0 };
	identification_t *to;
	host_t *host;

	for (size_t i = 0; i < actions->count; i++)
	{
		const ikr_initiator_action *action = &actions->items[i];

		switch (action->tag)
		{
			case IKR_INITIATOR_ACTION_REDIRECTED:
				from = action->from;
				break;
			case IKR_INITIATOR_ACTION_DELETE_SA:
				if (this->provenance == IKR_PROVENANCE_INFORMATIONAL)
				{	/* charon deletes it by itself once the other one is up */
					break;
				}
				lib->processor->queue_job(lib->processor,
					(job_t*)delete_ike_sa_job_create(this->ike_sa_id, TRUE));
				break;
			case IKR_INITIATOR_ACTION_START_INIT:
				host = host_of(&action->to);
				to = identification_create_from_sockaddr(host->get_sockaddr(host));
				switch (this->provenance)
				{
					case IKR_PROVENANCE_INIT:
						go_on_connecting(this, to, action->sa);
						break;
					case IKR_PROVENANCE_AUTH:
						start_over(this, &from, to, action->sa);
						break;
					default:
						move(this, to);
						break;
				}
				to->destroy(to);
				host->destroy(host);
				break;
			default:
				break;
		}
	}
}

/* What was to be started and did not come to be. */
static void give_up(connection_t *connection)
{
	client_t *client = connection->client;
	ikr_initiator_event event = { .tag = IKR_INITIATOR_EVENT_GIVEN_UP };
	ikr_initiator_actions actions;

	client->mutex->lock(client->mutex);
	if (connection->starting)
	{
		connection->starting = FALSE;
		ikr_initiator_handle(&connection->machine, milliseconds(), connection->started, &event,
							 &actions);
		client_log(connection, &actions);
	}
	client->mutex->unlock(client->mutex);
}

CALLBACK(answer, job_requeue_t, question_t *this)
{
	connection_t *connection = this->connection;
	client_t *client = connection->client;
	ikr_initiator_actions actions;
	ikr_address permitted;
	uint32_t refusal = 0;
	ikr_status status;
	host_t *address;

	address = judge(this, &refusal);
	client->mutex->lock(client->mutex);
	if (address)
	{
		permitted = address_of(address);
		status = ikr_initiator_permit(&connection->machine, milliseconds(), this->question,
									  &permitted, &actions);
		address->destroy(address);
	}
	else
	{
		status = ikr_initiator_refuse(&connection->machine, milliseconds(), this->question,
									  refusal, &actions);
		DESTROY_IF(connection->refused);
		connection->refused = identity_of(&this->target);
		connection->refused_sa = this->sa;
		connection->refusal = refusal;
	}
	if (status != IKR_OK)
	{
		LOG(1, "%s: REDIRECT not followed: %s", connection->name, ikr_status_name(status));
	}
	client_log(connection, &actions);
	for (size_t i = 0; i < actions.count; i++)
	{
		if (actions.items[i].tag == IKR_INITIATOR_ACTION_START_INIT)
		{
			connection->started = actions.items[i].sa;
			connection->starting = TRUE;
		}
	}
	client->mutex->unlock(client->mutex);
	carry_out(this, &actions);
	give_up(connection);
	return JOB_REQUEUE_NONE;
}

void follow(connection_t *connection, ike_sa_t *ike_sa, const ikr_initiator_action *vet)
{
	host_t *gateway = ike_sa->get_other_host(ike_sa);
	ike_sa_id_t *ike_sa_id = ike_sa->get_id(ike_sa);
	question_t *this;

	INIT(this,
		.connection = connection,
		.question = vet->question,
		.sa = vet->sa,
		.provenance = vet->provenance,
		.id = ike_sa->get_unique_id(ike_sa),
		.ike_sa_id = ike_sa_id->clone(ike_sa_id),
		.family = gateway->get_family(gateway),
		.target = vet->target,
	);
	connection_ref(connection);
	if (vet->target.kind == IKR_FQDN)
	{
		this->name = strndup(vet->target.name, vet->target.name_length);
		this->target.name = this->name;
	}
	lib->processor->queue_job(lib->processor,
		(job_t*)callback_job_create(answer, this, (void*)question_destroy, NULL));
}
