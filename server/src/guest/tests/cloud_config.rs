//! cloud-config: files that are written, network keys, commands.

use super::check;
use crate::guest::Channel::CustomData;

#[test]
fn netplan() {
    check(
        CustomData,
        &[
            (
                "dhcp4: false with an address",
                r#"
            #cloud-config
            package_update: true
            write_files:
              - path: /etc/netplan/60-fixed.yaml
                permissions: "0600"
                owner: root:root
                content: |
                  network:
                    version: 2
                    renderer: networkd
                    ethernets:
                      eth0:
                        addresses:
                          - 10.4.0.20/24
                        dhcp4: false
                        routes:
                          - to: default
                            via: 10.4.0.1
            runcmd:
              - netplan apply
        "#,
                "eth0 @8 netplan turns DHCP off (/etc/netplan/60-fixed.yaml)",
            ),
            (
                "predictable name, quoted word",
                r#"
            #cloud-config
            write_files:
            - content: |
                network: {version: 2, ethernets: {ens33: {dhcp4: "no", addresses: [10.4.0.20/24]}}}
              path: /etc/netplan/01-net.yml
        "#,
                "ens33 @1 netplan turns DHCP off (/etc/netplan/01-net.yml)",
            ),
            (
                "matched by driver",
                r#"
            #cloud-config
            write_files:
              - path: /etc/netplan/10-azure.yaml
                content: |
                  network:
                    version: 2
                    ethernets:
                      nics:
                        match:
                          driver: hv_netvsc
                        dhcp4: no
                        addresses: [10.4.0.20/24]
        "#,
                "- @7 netplan turns DHCP off (/etc/netplan/10-azure.yaml)",
            ),
            (
                "matched by name pattern",
                r#"
            #cloud-config
            write_files:
              - path: /etc/netplan/10-all.yaml
                content: |
                  network:
                    version: 2
                    ethernets:
                      all-en:
                        match: {name: "e*"}
                        dhcp4: off
                        addresses: [10.4.0.20/24]
        "#,
                "- @6 netplan turns DHCP off (/etc/netplan/10-all.yaml)",
            ),
            (
                "explicit DHCP",
                r#"
            #cloud-config
            write_files:
              - path: /etc/netplan/50-cloud-init.yaml
                content: |
                  network:
                    version: 2
                    ethernets:
                      eth0:
                        dhcp4: yes
                        dhcp4-overrides:
                          route-metric: 100
        "#,
                "dhcp",
            ),
            (
                "DHCP stays beside an address",
                r#"
            #cloud-config
            write_files:
              - path: /etc/netplan/60-second-address.yaml
                content: |
                  network:
                    version: 2
                    ethernets:
                      eth0:
                        dhcp4: true
                        addresses: [10.4.0.21/24]
        "#,
                "dhcp",
            ),
            (
                "an address without a word on DHCP adds to the image's file",
                r#"
            #cloud-config
            write_files:
              - path: /etc/netplan/60-second-address.yaml
                content: |
                  network:
                    version: 2
                    ethernets:
                      eth0:
                        addresses: [10.4.0.21/24]
            runcmd:
              - [netplan, apply]
        "#,
                "unstated",
            ),
            (
                "unless the image's file is removed",
                r#"
            #cloud-config
            write_files:
              - path: /etc/netplan/60-fixed.yaml
                content: |
                  network:
                    version: 2
                    ethernets:
                      eth0:
                        addresses: [10.4.0.21/24]
                        gateway4: 10.4.0.1
            runcmd:
              - rm -f /etc/netplan/50-cloud-init.yaml
              - netplan apply
        "#,
                "eth0 @5 netplan sets an address without DHCP (/etc/netplan/60-fixed.yaml)",
            ),
            (
                "second interface",
                r#"
            #cloud-config
            write_files:
              - path: /etc/netplan/60-data.yaml
                content: |
                  network:
                    version: 2
                    ethernets:
                      eth1:
                        dhcp4: no
                        addresses: [10.4.1.20/24]
        "#,
                "unstated",
            ),
            (
                "second interface beside the first",
                r#"
            #cloud-config
            write_files:
              - path: /etc/netplan/60-data.yaml
                content: |
                  network:
                    version: 2
                    ethernets:
                      eth0: {dhcp4: true}
                      eth1:
                        dhcp4: no
                        addresses: [10.4.1.20/24]
        "#,
                "dhcp",
            ),
            (
                "second of two predictable names",
                r#"
            #cloud-config
            write_files:
              - path: /etc/netplan/60-data.yaml
                content: |
                  network:
                    version: 2
                    ethernets:
                      ens192: {dhcp4: true}
                      ens224: {dhcp4: no, addresses: [10.4.1.20/24]}
        "#,
                "dhcp",
            ),
            (
                "a predictable name where eth0 is the first",
                r#"
            #cloud-config
            write_files:
              - path: /etc/netplan/60-data.yaml
                content: |
                  network:
                    version: 2
                    ethernets:
                      eth0: {dhcp4: true}
                      enp3s0: {dhcp4: no, addresses: [10.4.1.20/24]}
        "#,
                "dhcp",
            ),
            (
                "several addresses are the guest's business",
                r#"
            #cloud-config
            write_files:
              - path: /etc/netplan/60-multi.yaml
                content: |
                  network:
                    version: 2
                    ethernets:
                      eth0:
                        dhcp4: no
                        addresses: [10.4.0.20/24, 10.4.0.21/24]
        "#,
                "unstated",
            ),
            (
                "IPv6 beside DHCP",
                r#"
            #cloud-config
            write_files:
              - path: /etc/netplan/60-six.yaml
                content: |
                  network:
                    version: 2
                    ethernets:
                      eth0:
                        dhcp4: true
                        dhcp6: false
                        addresses: ["fd00:1::20/64"]
        "#,
                "dhcp",
            ),
            (
                "the port of a bridge that uses DHCP",
                r#"
            #cloud-config
            write_files:
              - path: /etc/netplan/60-bridge.yaml
                content: |
                  network:
                    version: 2
                    ethernets:
                      eth0:
                        dhcp4: false
                    bridges:
                      br0:
                        interfaces: [eth0]
                        dhcp4: true
        "#,
                "dhcp",
            ),
            (
                "the port of a bridge with an address",
                r#"
            #cloud-config
            write_files:
              - path: /etc/netplan/60-bridge.yaml
                content: |
                  network:
                    version: 2
                    ethernets:
                      eth0:
                        dhcp4: false
                    bridges:
                      br0:
                        interfaces: [eth0]
                        dhcp4: false
                        addresses: [10.4.0.20/24]
        "#,
                "br0 @9 netplan turns DHCP off (/etc/netplan/60-bridge.yaml)",
            ),
            (
                "an inner bridge",
                r#"
            #cloud-config
            write_files:
              - path: /etc/netplan/60-lab.yaml
                content: |
                  network:
                    version: 2
                    bridges:
                      br-lab:
                        dhcp4: no
                        addresses: [192.168.50.1/24]
        "#,
                "unstated",
            ),
            (
                "a later file turns DHCP on again",
                r#"
            #cloud-config
            write_files:
              - path: /etc/netplan/50-first.yaml
                content: |
                  network: {version: 2, ethernets: {eth0: {dhcp4: no, addresses: [10.4.0.20/24]}}}
              - path: /etc/netplan/90-last.yaml
                content: |
                  network: {version: 2, ethernets: {eth0: {dhcp4: yes}}}
        "#,
                "dhcp",
            ),
            (
                "written and removed again",
                r#"
            #cloud-config
            write_files:
              - path: /etc/netplan/50-first.yaml
                content: |
                  network: {version: 2, ethernets: {eth0: {dhcp4: no, addresses: [10.4.0.20/24]}}}
            runcmd:
              - rm /etc/netplan/50-first.yaml
        "#,
                "unstated",
            ),
            (
                "a comment, a readme and a backup are no configuration",
                r#"
            #cloud-config
            write_files:
              - path: /etc/netplan/60-routes.yaml
                content: |
                  network:
                    version: 2
                    ethernets:
                      eth0:
                        # dhcp4: no
                        dhcp4: true
              - path: /root/README
                content: |
                  network: {version: 2, ethernets: {eth0: {dhcp4: no, addresses: [10.4.0.20/24]}}}
              - path: /etc/netplan/60-routes.yaml.bak
                content: |
                  network: {version: 2, ethernets: {eth0: {dhcp4: no, addresses: [10.4.0.20/24]}}}
        "#,
                "dhcp",
            ),
            (
                "written elsewhere, then moved",
                r#"
            #cloud-config
            write_files:
              - path: /tmp/netplan.yaml
                content: |
                  network: {version: 2, ethernets: {eth0: {dhcp4: no, addresses: [10.4.0.20/24]}}}
            runcmd:
              - [mv, /tmp/netplan.yaml, /etc/netplan/99-netplan.yaml]
        "#,
                "eth0 @1 netplan turns DHCP off (/etc/netplan/99-netplan.yaml)",
            ),
            (
                "DNS only",
                r#"
            #cloud-config
            write_files:
              - path: /etc/netplan/60-dns.yaml
                content: |
                  network:
                    version: 2
                    ethernets:
                      eth0:
                        nameservers: {addresses: [10.4.0.4]}
        "#,
                "unstated",
            ),
            (
                "netplan set",
                "
            #cloud-config
            runcmd:
              - netplan set ethernets.eth0.dhcp4=false
              - netplan set ethernets.eth0.addresses=[10.4.0.20/24]
              - netplan apply
        ",
                "eth0 @3 netplan turns DHCP off (-)",
            ),
            (
                "anchors and merge keys",
                r#"
            #cloud-config
            x-base: &base
              path: /etc/netplan/60-fixed.yaml
            write_files:
              - <<: *base
                content: |
                  network: {version: 2, ethernets: {eth0: {dhcp4: no, addresses: [10.4.0.20/24]}}}
        "#,
                "eth0 @1 netplan turns DHCP off (/etc/netplan/60-fixed.yaml)",
            ),
        ],
    );
}

#[test]
fn network_keys() {
    check(
        CustomData,
        &[
            (
                "version 2 in the cloud-config",
                "
            #cloud-config
            network:
              version: 2
              ethernets:
                eth0:
                  dhcp4: false
                  addresses: [10.4.0.20/24]
        ",
                "eth0 @6 cloud-init's network configuration turns DHCP off (-)",
            ),
            (
                "version 1 in the cloud-config",
                "
            #cloud-config
            network:
              version: 1
              config:
                - type: physical
                  name: eth0
                  subnets:
                    - type: static
                      address: 10.4.0.20/24
                      gateway: 10.4.0.1
                - type: nameserver
                  address: [10.4.0.4]
        ",
                "eth0 @8 cloud-init's network configuration sets a static address (-)",
            ),
            (
                "version 1 with DHCP",
                "
            #cloud-config
            network:
              version: 1
              config:
                - {type: physical, name: eth0, subnets: [{type: dhcp}]}
                - {type: physical, name: eth1, subnets: [{type: static, address: 10.4.1.20/24}]}
        ",
                "dhcp",
            ),
            (
                "cloud.cfg.d holds the whole configuration",
                "
            #cloud-config
            write_files:
              - path: /etc/cloud/cloud.cfg.d/99-network.cfg
                content: |
                  network:
                    version: 2
                    ethernets:
                      eth0:
                        addresses: [10.4.0.20/24]
        ",
                "eth0 @5 cloud-init's network configuration sets an address without DHCP (/etc/cloud/cloud.cfg.d/99-network.cfg)",
            ),
            (
                "configuration disabled says nothing alone",
                "
            #cloud-config
            write_files:
              - path: /etc/cloud/cloud.cfg.d/99-disable-network-config.cfg
                content: |
                  network: {config: disabled}
        ",
                "unstated",
            ),
            (
                "configuration disabled and an interfaces file",
                "
            #cloud-config
            write_files:
              - path: /etc/cloud/cloud.cfg.d/99-disable-network-config.cfg
                content: |
                  network: {config: disabled}
              - path: /etc/network/interfaces
                content: |
                  auto lo
                  iface lo inet loopback
                  auto eth0
                  iface eth0 inet static
                    address 10.4.0.20
                    netmask 255.255.255.0
                    gateway 10.4.0.1
        ",
                "eth0 @4 the interfaces file sets a static address (/etc/network/interfaces)",
            ),
        ],
    );
}

#[test]
fn other_files() {
    check(
        CustomData,
        &[
            (
                "interfaces.d with DHCP",
                "
            #cloud-config
            write_files:
              - path: /etc/network/interfaces.d/eth0
                content: |
                  auto eth0
                  iface eth0 inet dhcp
        ",
                "dhcp",
            ),
            (
                "an alias keeps DHCP",
                "
            #cloud-config
            write_files:
              - path: /etc/network/interfaces
                content: |
                  auto eth0 eth0:1
                  iface eth0 inet dhcp
                  iface eth0:1 inet static
                    address 10.4.0.21/24
        ",
                "dhcp",
            ),
            (
                "only the second interface",
                "
            #cloud-config
            write_files:
              - path: /etc/network/interfaces.d/60-eth1.cfg
                content: |
                  iface eth1 inet static
                    address 10.4.1.21/24
        ",
                "unstated",
            ),
            (
                "IPv6 only",
                "
            #cloud-config
            write_files:
              - path: /etc/network/interfaces.d/60-six.cfg
                content: |
                  iface eth0 inet6 static
                    address fd00::20/64
        ",
                "unstated",
            ),
            (
                "ifcfg",
                r#"
            #cloud-config
            write_files:
              - path: /etc/sysconfig/network-scripts/ifcfg-eth0
                content: |
                  DEVICE=eth0
                  ONBOOT=yes
                  BOOTPROTO="none"
                  IPADDR=10.4.0.20
                  PREFIX=24
        "#,
                "eth0 @3 BOOTPROTO turns DHCP off (/etc/sysconfig/network-scripts/ifcfg-eth0)",
            ),
            (
                "ifcfg of SUSE",
                "
            #cloud-config
            write_files:
              - path: /etc/sysconfig/network/ifcfg-eth0
                content: |
                  BOOTPROTO='static'
                  STARTMODE='auto'
                  IPADDR='10.4.0.20/24'
        ",
                "eth0 @1 BOOTPROTO turns DHCP off (/etc/sysconfig/network/ifcfg-eth0)",
            ),
            (
                "ifcfg with DHCP",
                "
            #cloud-config
            write_files:
              - path: /etc/sysconfig/network-scripts/ifcfg-eth0
                content: |
                  DEVICE=eth0
                  #BOOTPROTO=static
                  BOOTPROTO=dhcp
        ",
                "dhcp",
            ),
            (
                "ifcfg of the second interface, loopback and a bridge port",
                "
            #cloud-config
            write_files:
              - path: /etc/sysconfig/network-scripts/ifcfg-eth1
                content: |
                  DEVICE=eth1
                  BOOTPROTO=static
                  IPADDR=10.4.1.20
              - path: /etc/sysconfig/network-scripts/ifcfg-lo:1
                content: |
                  DEVICE=lo:1
                  IPADDR=10.9.9.9
                  NETMASK=255.255.255.255
              - path: /etc/sysconfig/network-scripts/ifcfg-dummy0
                content: |
                  DEVICE=dummy0
                  BOOTPROTO=none
                  IPADDR=10.9.9.8
        ",
                "unstated",
            ),
            (
                "several addresses in ifcfg",
                "
            #cloud-config
            write_files:
              - path: /etc/sysconfig/network-scripts/ifcfg-eth0
                content: |
                  DEVICE=eth0
                  BOOTPROTO=none
                  IPADDR0=10.4.0.20
                  IPADDR1=10.4.0.21
        ",
                "unstated",
            ),
            (
                "NetworkManager file",
                "
            #cloud-config
            write_files:
              - path: /etc/NetworkManager/system-connections/eth0.nmconnection
                permissions: '0600'
                content: |
                  [connection]
                  id=eth0
                  type=ethernet
                  interface-name=eth0
                  [ipv4]
                  method=manual
                  address1=10.4.0.20/24,10.4.0.1
                  [ipv6]
                  method=ignore
        ",
                "eth0 @6 a NetworkManager connection has a manual address (/etc/NetworkManager/system-connections/eth0.nmconnection)",
            ),
            (
                "NetworkManager file with DHCP, IPv6 by hand",
                "
            #cloud-config
            write_files:
              - path: /etc/NetworkManager/system-connections/cloud-init-eth0.nmconnection
                content: |
                  [connection]
                  id=cloud-init eth0
                  type=ethernet
                  [ipv4]
                  method=auto
                  [ipv6]
                  method=manual
                  address1=fd00::20/64
        ",
                "dhcp",
            ),
            (
                "NetworkManager file of a tunnel",
                "
            #cloud-config
            write_files:
              - path: /etc/NetworkManager/system-connections/wg0.nmconnection
                content: |
                  [connection]
                  id=wg0
                  type=wireguard
                  interface-name=wg0
                  [ipv4]
                  method=manual
                  address1=10.9.0.2/24
        ",
                "unstated",
            ),
            (
                "networkd with an address",
                "
            #cloud-config
            write_files:
              - path: /etc/systemd/network/10-eth0.network
                content: |
                  [Match]
                  Name=eth0

                  [Network]
                  Address=10.4.0.20/24
                  Gateway=10.4.0.1
        ",
                "eth0 @5 systemd-networkd sets an address without DHCP (/etc/systemd/network/10-eth0.network)",
            ),
            (
                "networkd without DHCP for all",
                "
            #cloud-config
            write_files:
              - path: /etc/systemd/network/10-all.network
                content: |
                  [Match]
                  Name=e*
                  [Network]
                  DHCP=no
                  [Address]
                  Address=10.4.0.20/24
        ",
                "- @4 systemd-networkd turns DHCP off (/etc/systemd/network/10-all.network)",
            ),
            (
                "networkd with DHCP",
                "
            #cloud-config
            write_files:
              - path: /etc/systemd/network/10-eth0.network
                content: |
                  [Match]
                  Name=eth0
                  [Network]
                  DHCP=ipv4
                  Address=10.4.0.21/24
        ",
                "dhcp",
            ),
            (
                "networkd for a tunnel and a dummy",
                "
            #cloud-config
            write_files:
              - path: /etc/systemd/network/50-wg0.network
                content: |
                  [Match]
                  Name=wg0
                  [Network]
                  Address=10.9.0.1/24
              - path: /etc/systemd/network/51-dummy.network
                content: |
                  [Match]
                  Name=dummy0
                  [Network]
                  DHCP=no
                  Address=10.9.1.1/24
        ",
                "unstated",
            ),
            (
                "units of the old CoreOS cloud-config",
                "
            #cloud-config
            coreos:
              units:
                - name: 00-eth0.network
                  runtime: true
                  content: |
                    [Match]
                    Name=eth0
                    [Network]
                    Address=10.4.0.20/24
        ",
                "eth0 @4 systemd-networkd sets an address without DHCP (/etc/systemd/network/00-eth0.network)",
            ),
            (
                "desired state",
                "
            #cloud-config
            write_files:
              - path: /root/state.yml
                content: |
                  interfaces:
                    - name: eth0
                      type: ethernet
                      ipv4:
                        enabled: true
                        dhcp: false
                        address:
                          - ip: 10.4.0.20
                            prefix-length: 24
            runcmd:
              - nmstatectl apply /root/state.yml
        ",
                "eth0 @6 nmstate sets a static address (/root/state.yml)",
            ),
            (
                "FreeBSD",
                r#"
            #cloud-config
            write_files:
              - path: /etc/rc.conf
                append: true
                content: |
                  ifconfig_hn0="inet 10.4.0.20 netmask 255.255.255.0"
                  defaultrouter="10.4.0.1"
        "#,
                "hn0 @6 rc.conf sets a static address (-)",
            ),
        ],
    );
}

#[test]
fn commands() {
    check(
        CustomData,
        &[
            (
                "nmcli as a string",
                r#"
            #cloud-config
            runcmd:
              - nmcli con mod "System eth0" ipv4.addresses 10.4.0.20/24 ipv4.gateway 10.4.0.1 ipv4.method manual
              - nmcli con up "System eth0"
        "#,
                "eth0 @3 nmcli sets a manual address (-)",
            ),
            (
                "nmcli as a list",
                "
            #cloud-config
            runcmd:
              - [nmcli, connection, modify, 'Wired connection 1', ipv4.method, manual, ipv4.addresses, 10.4.0.20/24]
        ",
                "- @3 nmcli sets a manual address (-)",
            ),
            (
                "a shell in a list",
                r#"
            #cloud-config
            runcmd:
              - [ sh, -c, "sed -i 's/^BOOTPROTO=.*/BOOTPROTO=static/' /etc/sysconfig/network-scripts/ifcfg-eth0" ]
        "#,
                "eth0 @3 BOOTPROTO turns DHCP off (-)",
            ),
            (
                "a block of shell",
                "
            #cloud-config
            runcmd:
              - |
                set -e
                nmcli con mod eth0 ipv4.addresses 10.4.0.20/24
                nmcli con mod eth0 ipv4.method manual
              - echo done
        ",
                "eth0 @6 nmcli sets a manual address (-)",
            ),
            (
                "at every boot",
                "
            #cloud-config
            bootcmd:
              - dhclient -r eth0
              - ip addr add 10.4.0.20/24 dev eth0
              - ip route add default via 10.4.0.1
        ",
                "eth0 @4 an address is set after the DHCP client is stopped (-)",
            ),
            (
                "a script that is written and run",
                "
            #cloud-config
            write_files:
              - path: /usr/local/sbin/net.sh
                permissions: '0755'
                content: |
                  #!/bin/sh
                  nmcli con mod 'System eth0' ipv4.method manual ipv4.addresses 10.4.0.20/24
            runcmd:
              - [/usr/local/sbin/net.sh]
        ",
                "eth0 @2 nmcli sets a manual address (/usr/local/sbin/net.sh)",
            ),
            (
                "a script that is written and left alone",
                "
            #cloud-config
            write_files:
              - path: /usr/local/sbin/net.sh
                permissions: '0755'
                content: |
                  #!/bin/sh
                  nmcli con mod 'System eth0' ipv4.method manual ipv4.addresses 10.4.0.20/24
            runcmd:
              - [chmod, '+x', /usr/local/sbin/net.sh]
        ",
                "unstated",
            ),
            (
                "a service that is written and enabled",
                "
            #cloud-config
            write_files:
              - path: /etc/systemd/system/fixed-address.service
                content: |
                  [Service]
                  Type=oneshot
                  ExecStart=/usr/bin/nmcli con mod eth0 ipv4.method manual ipv4.addresses 10.4.0.20/24
                  [Install]
                  WantedBy=multi-user.target
            runcmd:
              - systemctl enable --now fixed-address
        ",
                "eth0 @3 nmcli sets a manual address (/etc/systemd/system/fixed-address.service)",
            ),
            (
                "back to DHCP in the end",
                "
            #cloud-config
            runcmd:
              - nmcli con mod eth0 ipv4.method manual ipv4.addresses 10.4.0.20/24
              - /opt/app/setup.sh
              - nmcli con mod eth0 ipv4.method auto ipv4.addresses ''
        ",
                "dhcp",
            ),
            (
                "a template value leaves the rest readable",
                "
            ## template: jinja
            #cloud-config
            hostname: {{ v1.local_hostname }}
            runcmd:
              - nmcli con mod eth0 ipv4.method manual ipv4.addresses {{ ds.meta_data.ip }}/24
        ",
                "eth0 @5 nmcli sets a manual address (-)",
            ),
            (
                "a template choice does not",
                "
            ## template: jinja
            #cloud-config
            runcmd:
            {% if v1.region == 'westeurope' %}
              - nmcli con mod eth0 ipv4.method manual ipv4.addresses 10.4.0.20/24
            {% endif %}
        ",
                "unstated",
            ),
        ],
    );
}
