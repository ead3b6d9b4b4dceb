/*
 * ikev2-redirect for strongSwan's charon: redirects as RFC 5685 wants them, at both ends. Here
 * charon loads the plugin, and its events are handed to the part that they concern.
 */
#include "client.h"
#include "gateway.h"
#include "maintenance.h"

#include <plugins/plugin.h>

typedef struct {
	plugin_t plugin;
	listener_t listener;
	options_t *options;
	client_t *client;
	gateway_t *gateway;
} redirect_plugin_t;

static redirect_plugin_t *of(listener_t *listener)
{
	return (redirect_plugin_t*)((char*)listener - offsetof(redirect_plugin_t, listener));
}

/* The roles are those of the first IKE SA, whoever has rekeyed it. */
static bool is_client(ike_sa_t *ike_sa)
{
	return ike_sa->has_condition(ike_sa, COND_ORIGINAL_INITIATOR);
}

static bool is_ikev2(ike_sa_t *ike_sa)
{
	return ike_sa && ike_sa->get_version(ike_sa) == IKEV2;
}

static bool on_message(listener_t *listener, ike_sa_t *ike_sa, message_t *message, bool incoming,
					   bool plain)
{
	redirect_plugin_t *this = of(listener);

	if (!plain || !is_ikev2(ike_sa))
	{
		return TRUE;
	}
	if (is_client(ike_sa))
	{
		(incoming ? client_receives : client_sends)(this->client, ike_sa, message);
	}
	else
	{
		(incoming ? gateway_receives : gateway_sends)(this->gateway, ike_sa, message);
	}
	return TRUE;
}

static bool on_authorize(listener_t *listener, ike_sa_t *ike_sa, bool final, bool *success)
{
	if (is_ikev2(ike_sa) && is_client(ike_sa))
	{
		client_proven(of(listener)->client, ike_sa, TRUE);
	}
	return TRUE;
}

static bool on_alert(listener_t *listener, ike_sa_t *ike_sa, alert_t alert, va_list args)
{
	redirect_plugin_t *this = of(listener);

	if (!is_ikev2(ike_sa))
	{
		return TRUE;
	}
	switch (alert)
	{
		case ALERT_PEER_AUTH_FAILED:
		case ALERT_LOCAL_AUTH_FAILED:
			if (is_client(ike_sa))
			{
				client_proven(this->client, ike_sa, FALSE);
			}
			break;
		case ALERT_PEER_INIT_UNREACHABLE:
			if (is_client(ike_sa))
			{	/* charon may go on with another attempt: to where it began */
				client_ended(this->client, ike_sa);
			}
			break;
		case ALERT_RETRANSMIT_SEND_TIMEOUT:
			if (!is_client(ike_sa))
			{
				gateway_unanswered(this->gateway, ike_sa);
			}
			break;
		default:
			break;
	}
	return TRUE;
}

static bool on_updown(listener_t *listener, ike_sa_t *ike_sa, bool up)
{
	redirect_plugin_t *this = of(listener);

	if (!is_ikev2(ike_sa))
	{
		return TRUE;
	}
	if (is_client(ike_sa))
	{
		(up ? client_established : client_ended)(this->client, ike_sa);
	}
	else
	{
		(up ? gateway_established : gateway_ended)(this->gateway, ike_sa);
	}
	return TRUE;
}

static bool on_state_change(listener_t *listener, ike_sa_t *ike_sa, ike_sa_state_t state)
{
	redirect_plugin_t *this = of(listener);

	if (is_ikev2(ike_sa) && state == IKE_CONNECTING && is_client(ike_sa))
	{
		client_starts(this->client, ike_sa);
	}
	if (is_ikev2(ike_sa) && state == IKE_DESTROYING)
	{
		client_ended(this->client, ike_sa);
		gateway_ended(this->gateway, ike_sa);
	}
	return TRUE;
}

static bool on_rekey(listener_t *listener, ike_sa_t *old, ike_sa_t *new)
{
	redirect_plugin_t *this = of(listener);

	if (is_ikev2(old))
	{
		client_rekeyed(this->client, old, new);
		gateway_rekeyed(this->gateway, old, new);
	}
	return TRUE;
}

static bool on_reestablish(listener_t *listener, ike_sa_t *old, ike_sa_t *new)
{
	if (is_ikev2(old))
	{
		client_renews(of(listener)->client, old, new);
	}
	return TRUE;
}

static bool on_update(listener_t *listener, ike_sa_t *ike_sa, host_t *local, host_t *remote)
{
	if (is_ikev2(ike_sa) && is_client(ike_sa) && remote)
	{
		client_moved(of(listener)->client, ike_sa, remote);
	}
	return TRUE;
}

static char *name(plugin_t *this)
{
	return PLUGIN;
}

static bool announce(redirect_plugin_t *this, plugin_feature_t *feature, bool begin, void *data)
{
	if (begin)
	{
		charon->bus->add_listener(charon->bus, &this->listener);
		charon->redirect->add_provider(charon->redirect, &this->gateway->provider);
		maintenance_watch(this->gateway);
	}
	else
	{
		charon->redirect->remove_provider(charon->redirect, &this->gateway->provider);
		charon->bus->remove_listener(charon->bus, &this->listener);
	}
	return TRUE;
}

static int features(plugin_t *this, plugin_feature_t *list[])
{
	static plugin_feature_t all[] = {
		PLUGIN_CALLBACK((plugin_feature_callback_t)announce, NULL),
			PLUGIN_PROVIDE(CUSTOM, PLUGIN),
	};

	*list = all;
	return countof(all);
}

static void destroy(redirect_plugin_t *this)
{
	client_destroy(this->client);
	gateway_destroy(this->gateway);
	options_destroy(this->options);
	free(this);
}

/* charon finds the constructor by the plugin's name. */
__attribute__((visibility("default"))) plugin_t *ikev2_redirect_plugin_create(void)
{
	options_t *options = options_create();
	redirect_plugin_t *this;

	if (!options)
	{
		return NULL;
	}
	INIT(this,
		.plugin = {
			.get_name = name,
			.get_features = features,
			.destroy = (void*)destroy,
		},
		.listener = {
			.message = on_message,
			.authorize = on_authorize,
			.alert = on_alert,
			.ike_updown = on_updown,
			.ike_state_change = on_state_change,
			.ike_rekey = on_rekey,
			.ike_reestablish_pre = on_reestablish,
			.ike_update = on_update,
		},
		.options = options,
		.client = client_create(options),
		.gateway = gateway_create(options),
	);
	return &this->plugin;
}
