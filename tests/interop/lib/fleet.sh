fleet_net_up() { :; }
