//! Shell scripts.

use super::{check, show, texts};
use crate::guest::Channel::{Command, CustomData, RunCommand, Script};
use crate::guest::addressing;

#[test]
fn files_written_by_scripts() {
    check(CustomData, &[
        ("here-document", "
            #!/bin/bash
            cat > /etc/sysconfig/network-scripts/ifcfg-eth0 <<EOF
            DEVICE=eth0
            BOOTPROTO=static
            IPADDR=$1
            EOF
            systemctl restart network
        ", "eth0 @2 BOOTPROTO turns DHCP off (/etc/sysconfig/network-scripts/ifcfg-eth0)"),
        ("here-document through tee", "
            #!/bin/bash
            sudo tee /etc/netplan/99-custom.yaml > /dev/null <<'YAML'
            network:
              version: 2
              ethernets:
                eth0:
                  dhcp4: no
                  addresses: [10.4.0.20/24]
            YAML
            sudo netplan apply
        ", "eth0 @5 netplan turns DHCP off (/etc/netplan/99-custom.yaml)"),
        ("here-document with the redirection behind, tabs taken off", "
            #!/bin/sh
            cat <<-EOF >/etc/network/interfaces
            \tauto eth0
            \tiface eth0 inet static
            \t  address 10.4.0.20/24
            \tEOF
        ", "eth0 @2 the interfaces file sets a static address (/etc/network/interfaces)"),
        ("here-document into a pipe", "
            #!/bin/sh
            cat <<EOF | sudo tee -a /etc/network/interfaces.d/eth0.cfg
            iface eth0 inet static
              address 10.4.0.20/24
            EOF
        ", "eth0 @3 the interfaces file sets a static address (-)"),
        ("echo line by line", r#"
            #!/bin/bash
            F=/etc/sysconfig/network-scripts/ifcfg-eth0
            echo "DEVICE=eth0" > $F
            echo "BOOTPROTO=none" >> $F
            echo "IPADDR=10.4.0.20" >> "$F"
        "#, "eth0 @2 BOOTPROTO turns DHCP off (/etc/sysconfig/network-scripts/ifcfg-eth0)"),
        ("a group of echos", r#"
            #!/bin/bash
            {
              echo "auto eth0"
              echo "iface eth0 inet static"
              echo "  address 10.4.0.20/24"
            } > /etc/network/interfaces.d/eth0
        "#, "eth0 @2 the interfaces file sets a static address (/etc/network/interfaces.d/eth0)"),
        ("printf", r#"
            #!/bin/bash
            printf 'network:\n  version: 2\n  ethernets:\n    eth0:\n      dhcp4: false\n      addresses: [%s]\n' 10.4.0.20/24 > /etc/netplan/60-a.yaml
        "#, "eth0 @5 netplan turns DHCP off (/etc/netplan/60-a.yaml)"),
        ("text in a variable", r#"
            #!/bin/bash
            CONFIG="network:
              version: 2
              ethernets:
                eth0:
                  dhcp4: false
                  addresses: [10.4.0.20/24]"
            echo "$CONFIG" > /etc/netplan/60-a.yaml
        "#, "eth0 @5 netplan turns DHCP off (/etc/netplan/60-a.yaml)"),
        ("the folder first", "
            #!/bin/bash
            cd /etc/netplan && mv 50-cloud-init.yaml 50-cloud-init.yaml.orig
            cat > 60-fixed.yaml <<EOF
            network: {version: 2, ethernets: {eth0: {addresses: [10.4.0.20/24]}}}
            EOF
        ", "eth0 @1 netplan sets an address without DHCP (/etc/netplan/60-fixed.yaml)"),
        ("Base64 in the script", "
            #!/bin/bash
            echo bmV0d29yazoge3ZlcnNpb246IDIsIGV0aGVybmV0czoge2V0aDA6IHtkaGNwNDogbm8sIGFkZHJlc3NlczogWzEwLjQuMC4yMC8yNF19fX0K | base64 -d > /etc/netplan/60-a.yaml
        ", "eth0 @1 netplan turns DHCP off (/etc/netplan/60-a.yaml)"),
        ("the interface in a variable", r#"
            #!/bin/bash
            IFACE=eth0
            cat > /etc/sysconfig/network-scripts/ifcfg-${IFACE} <<EOF
            DEVICE=${IFACE}
            BOOTPROTO=none
            IPADDR=10.4.0.20
            EOF
        "#, "eth0 @2 BOOTPROTO turns DHCP off (/etc/sysconfig/network-scripts/ifcfg-eth0)"),
        ("the interface of the default route", r#"
            #!/bin/bash
            NIC=$(ip -4 route show default | awk '{print $5}' | head -n1)
            GW=$(ip route | awk '/default/ {print $3}')
            cat > /etc/netplan/99-fixed.yaml <<EOF
            network:
              version: 2
              ethernets:
                $NIC:
                  dhcp4: no
                  addresses: [10.4.0.20/24]
                  gateway4: $GW
            EOF
            netplan apply
        "#, "- @5 netplan turns DHCP off (/etc/netplan/99-fixed.yaml)"),
        ("sed over ifcfg", r#"
            #!/bin/bash
            sed -i -e 's/BOOTPROTO="dhcp"/BOOTPROTO="static"/' -e 's/^PERSISTENT.*//' /etc/sysconfig/network-scripts/ifcfg-eth0
            echo "IPADDR=10.4.0.20" >> /etc/sysconfig/network-scripts/ifcfg-eth0
        "#, "eth0 @2 BOOTPROTO turns DHCP off (-)"),
        ("sed over netplan", "
            #!/bin/bash
            sed -i 's/dhcp4: true/dhcp4: false/g' /etc/netplan/50-cloud-init.yaml
        ", "- @2 netplan turns DHCP off (-)"),
        ("sed over netplan with an address", "
            #!/bin/bash
            sed -i '/dhcp4/s/true/no/' /etc/netplan/*.yaml
        ", "- @2 netplan turns DHCP off (-)"),
        ("sed over interfaces", "
            #!/bin/bash
            sed -i 's/iface eth0 inet dhcp/iface eth0 inet static\\n  address 10.4.0.20\\/24/' /etc/network/interfaces
        ", "eth0 @2 the interfaces file sets a static address (-)"),
        ("sed that changes a line", "
            #!/bin/bash
            sed -i '/^BOOTPROTO/c\\BOOTPROTO=static' /etc/sysconfig/network-scripts/ifcfg-eth0
        ", "eth0 @2 BOOTPROTO turns DHCP off (-)"),
        ("sed over a file written before", "
            #!/bin/bash
            cat > /etc/netplan/60-a.yaml <<EOF
            network: {version: 2, ethernets: {eth0: {dhcp4: DHCP_SETTING, addresses: [10.4.0.20/24]}}}
            EOF
            sed -i 's/DHCP_SETTING/false/' /etc/netplan/60-a.yaml
        ", "eth0 @1 netplan turns DHCP off (/etc/netplan/60-a.yaml)"),
        ("sed back to DHCP", "
            #!/bin/bash
            sed -i 's/BOOTPROTO=static/BOOTPROTO=dhcp/' /etc/sysconfig/network-scripts/ifcfg-eth0
        ", "dhcp"),
        ("sed for the second interface", "
            #!/bin/bash
            sed -i 's/BOOTPROTO=dhcp/BOOTPROTO=static/' /etc/sysconfig/network-scripts/ifcfg-eth1
        ", "unstated"),
        ("sed that only prints", "
            #!/bin/bash
            sed 's/BOOTPROTO=dhcp/BOOTPROTO=static/' /etc/sysconfig/network-scripts/ifcfg-eth0 > /root/example
        ", "unstated"),
        ("sed over a range of lines", "
            #!/bin/bash
            sed -i '/eth0:/,/dhcp4:/ s/dhcp4: true/dhcp4: false\\n            addresses: [10.4.0.20\\/24]/' /etc/netplan/50-cloud-init.yaml
        ", "- @2 netplan turns DHCP off (-)"),
        ("netplan line by line", r#"
            #!/bin/sh
            f=/etc/netplan/90-fixed.yaml
            echo "network:" > $f
            echo "  version: 2" >> $f
            echo "  ethernets:" >> $f
            echo "    eth0:" >> $f
            echo "      dhcp4: no" >> $f
            echo "      addresses: [10.4.0.20/24]" >> $f
        "#, "eth0 @5 netplan turns DHCP off (/etc/netplan/90-fixed.yaml)"),
        ("text read into a variable, with a log of all output", r#"
            #!/bin/bash
            exec > >(tee -a /var/log/setup.log | logger -t setup) 2>&1
            read -r -d '' CONFIG <<'EOF'
            network: {version: 2, ethernets: {eth0: {dhcp4: no, addresses: [10.4.0.20/24]}}}
            EOF
            echo "$CONFIG" | sudo tee /etc/netplan/90-fixed.yaml >/dev/null
        "#, "eth0 @1 netplan turns DHCP off (/etc/netplan/90-fixed.yaml)"),
        ("the interface of the first argument, with a default", r#"
            #!/usr/bin/env bash
            IFACE="${1:-eth0}"
            cat >/etc/systemd/network/05-fixed.network <<EOF
            [Match]
            Name=${IFACE}
            [Network]
            DHCP=no
            Address=10.4.0.20/24
            EOF
        "#, "eth0 @4 systemd-networkd turns DHCP off (/etc/systemd/network/05-fixed.network)"),
        ("one more address as an alias", "
            #!/bin/bash
            cat > /etc/network/interfaces.d/eth0-more <<EOF
            auto eth0:0
            iface eth0:0 inet static
              address 10.4.0.21/24
            EOF
        ", "unstated"),
        ("the configuration of machines inside this one", r#"
            #!/bin/bash
            cat > /srv/lab/network-config <<EOF
            version: 2
            ethernets: {eth0: {dhcp4: false, addresses: [192.168.50.10/24]}}
            EOF
            lxc exec inner -- bash <<'EOF'
            sed -i 's/dhcp4: true/dhcp4: false/' /etc/netplan/50-cloud-init.yaml
            EOF
            chroot /mnt/inner sed -i 's/dhcp4: true/dhcp4: false/' /etc/netplan/50-cloud-init.yaml
        "#, "unstated"),
        ("put back from a copy", "
            #!/bin/bash
            cd /etc/sysconfig/network-scripts
            cp ifcfg-eth0 ifcfg-eth0.bak
            sed -i 's/BOOTPROTO=dhcp/BOOTPROTO=static/' ifcfg-eth0
            /opt/app/setup.sh
            mv ifcfg-eth0.bak ifcfg-eth0
        ", "unstated"),
        ("put back by its path", "
            #!/bin/bash
            sed -i.orig 's/BOOTPROTO=dhcp/BOOTPROTO=static/' /etc/sysconfig/network-scripts/ifcfg-eth0
            mv /etc/sysconfig/network-scripts/ifcfg-eth0.orig /etc/sysconfig/network-scripts/ifcfg-eth0
        ", "unstated"),
        ("sed in a folder", "
            #!/bin/bash
            cd /etc/sysconfig/network-scripts
            sed -i 's/BOOTPROTO=dhcp/BOOTPROTO=static/' ifcfg-eth0
        ", "eth0 @3 BOOTPROTO turns DHCP off (-)"),
        ("text for people", r#"
            #!/bin/bash
            cat > /root/README <<'EOF'
            To give the machine a fixed address:
              nmcli con mod eth0 ipv4.method manual ipv4.addresses 10.4.0.20/24
            BOOTPROTO=static
            EOF
            echo "nmcli con mod eth0 ipv4.method manual" >> /var/log/setup.log
            echo 'iface eth0 inet static'
            logger "dhcp4: no"
        "#, "unstated"),
        ("comments", "
            #!/bin/bash
            # nmcli con mod eth0 ipv4.method manual ipv4.addresses 10.4.0.20/24
            systemctl restart sshd   # sed -i 's/dhcp/static/' /etc/network/interfaces
        ", "unstated"),
    ]);
}

#[test]
fn commands() {
    check(
        CustomData,
        &[
            (
                "nmcli in steps",
                "
            #!/bin/bash
            nmcli con mod 'cloud-init eth0' ipv4.addresses 10.4.0.20/24
            nmcli con mod 'cloud-init eth0' ipv4.gateway 10.4.0.1
            nmcli con mod 'cloud-init eth0' ipv4.method manual
            nmcli con up 'cloud-init eth0'
        ",
                "eth0 @4 nmcli sets a manual address (-)",
            ),
            (
                "nmcli add, short form",
                "
            #!/bin/bash
            nmcli con add type ethernet con-name fixed ifname eth0 ip4 10.4.0.20/24 gw4 10.4.0.1
            nmcli con up fixed
        ",
                "eth0 @2 nmcli sets a manual address (-)",
            ),
            (
                "nmcli add, then modify by its name",
                "
            #!/bin/bash
            nmcli connection add type ethernet con-name fixed ifname eth0
            nmcli connection modify fixed ipv4.method manual ipv4.addresses 10.4.0.20/24
        ",
                "eth0 @3 nmcli sets a manual address (-)",
            ),
            (
                "nmcli on the active connection",
                r#"
            #!/bin/bash
            CON=$(nmcli -t -f NAME con show --active | head -1)
            nmcli con mod "$CON" ipv4.method manual ipv4.addresses 10.4.0.20/24
        "#,
                "- @3 nmcli sets a manual address (-)",
            ),
            (
                "nmcli on the connection of eth0",
                r#"
            #!/bin/bash
            CON="$(nmcli -g GENERAL.CONNECTION device show eth0)"
            nmcli con mod "${CON}" ipv4.addresses 10.4.0.20/24 ipv4.method manual
        "#,
                "eth0 @3 nmcli sets a manual address (-)",
            ),
            (
                "nmcli on the device",
                "
            #!/bin/bash
            nmcli device modify eth0 ipv4.method manual ipv4.addresses 10.4.0.20/24
        ",
                "eth0 @2 nmcli sets a manual address (-)",
            ),
            (
                "nmcli adds an address beside DHCP",
                "
            #!/bin/bash
            nmcli con mod 'System eth0' +ipv4.addresses 10.4.0.21/24
            nmcli con mod 'System eth0' ipv4.dns 10.4.0.4 ipv4.ignore-auto-dns yes
            nmcli con mod 'System eth0' +ipv4.routes '10.9.0.0/16 10.4.0.1'
        ",
                "unstated",
            ),
            (
                "nmcli on other interfaces",
                "
            #!/bin/bash
            nmcli con mod 'System eth1' ipv4.method manual ipv4.addresses 10.4.1.20/24
            nmcli con add type dummy ifname dummy0 ipv4.method manual ipv4.addresses 10.9.9.9/32
            nmcli con mod 'Wired connection 2' ipv4.method manual ipv4.addresses 10.4.2.20/24
            nmcli con mod eth0 ipv6.method manual ipv6.addresses fd00::20/64
        ",
                "unstated",
            ),
            (
                "nmcli on an interface nobody knows",
                r#"
            #!/bin/bash
            nmcli con mod "$1" ipv4.method manual ipv4.addresses 10.4.1.20/24
        "#,
                "unstated",
            ),
            (
                "nmcli turns to DHCP",
                "
            #!/bin/bash
            nmcli con mod 'System eth0' ipv4.method auto
        ",
                "dhcp",
            ),
            (
                "several addresses by nmcli",
                "
            #!/bin/bash
            nmcli con mod eth0 ipv4.method manual ipv4.addresses 10.4.0.20/24,10.4.0.21/24
        ",
                "unstated",
            ),
            (
                "the client is killed and an address set",
                "
            #!/bin/bash
            pkill dhclient
            ip addr flush dev eth0
            ip addr add 10.4.0.20/24 dev eth0
            ip route add default via 10.4.0.1
        ",
                "eth0 @4 an address is set after the DHCP client is stopped (-)",
            ),
            (
                "the client is killed by its number",
                "
            #!/bin/bash
            kill $(cat /var/run/dhclient.eth0.pid)
            ifconfig eth0 10.4.0.20 netmask 255.255.255.0 up
        ",
                "eth0 @3 an address is set after the DHCP client is stopped (-)",
            ),
            (
                "an address beside the client",
                "
            #!/bin/bash
            ip addr add 10.4.0.21/24 dev eth0
            ip address add 10.4.0.22/24 dev eth0 label eth0:2
        ",
                "unstated",
            ),
            (
                "the client is started again",
                "
            #!/bin/bash
            dhclient -r eth0 && dhclient eth0
        ",
                "dhcp",
            ),
            (
                "addresses on other interfaces",
                "
            #!/bin/bash
            systemctl stop dhclient
            ip addr add 10.4.1.20/24 dev eth1
            ip addr add 192.168.50.1/24 dev br-lab
            ip addr add 10.9.0.1/24 dev wg0
            ip -6 addr add fd00::20/64 dev eth0
            ip addr add fd00::21/64 dev eth0
        ",
                "unstated",
            ),
            (
                "a namespace and a container have networks of their own",
                "
            #!/bin/bash
            dhclient -r
            ip netns exec lab ip addr add 10.4.0.20/24 dev eth0
            docker exec web ip addr add 10.4.0.20/24 dev eth0
            ssh other nmcli con mod eth0 ipv4.method manual
        ",
                "unstated",
            ),
            (
                "routes only",
                "
            #!/bin/bash
            ip route add 10.9.0.0/16 via 10.4.0.1 dev eth0
            cat > /etc/sysconfig/network-scripts/route-eth0 <<EOF
            10.9.0.0/16 via 10.4.0.1
            EOF
        ",
                "unstated",
            ),
            (
                "a loop over other interfaces",
                r#"
            #!/bin/bash
            for i in eth1 eth2; do
              cat > /etc/sysconfig/network-scripts/ifcfg-$i <<EOF
            DEVICE=$i
            BOOTPROTO=static
            IPADDR=10.4.${i#eth}.20
            EOF
              nmcli con mod "System $i" ipv4.method manual
            done
        "#,
                "unstated",
            ),
            (
                "a loop that takes in the first",
                r#"
            #!/bin/bash
            for nic in eth0 eth1; do
              nmcli con mod "System $nic" ipv4.method manual
            done
        "#,
                "eth0 @3 nmcli sets a manual address (-)",
            ),
            (
                "a loop over nobody knows what",
                r#"
            #!/bin/bash
            for nic in $(ls /sys/class/net); do
              nmcli con mod "System $nic" ipv4.method manual
            done
        "#,
                "unstated",
            ),
            (
                "NetworkManager is told through systemd only",
                "
            #!/bin/bash
            systemctl restart NetworkManager
        ",
                "unstated",
            ),
        ],
    );
}

#[test]
fn ways_through_a_script() {
    let condition =
        "            if [ -e /etc/a ]; then systemctl restart a; sed -i 's/a/b/' /etc/a; echo b > /etc/c; fi\n";
    let conditions = format!(
        "            #!/bin/bash\n{}            nmcli con mod eth0 ipv4.method manual ipv4.addresses 10.4.0.20/24\n",
        condition.repeat(30)
    );
    check(RunCommand, &[
        ("a condition that nobody knows", r#"
            #!/bin/bash
            if [ "$MODE" = fixed ]; then
              nmcli con mod eth0 ipv4.method manual ipv4.addresses 10.4.0.20/24
            fi
        "#, "unstated"),
        ("both ways end the same", r#"
            #!/bin/bash
            if [ -d /etc/netplan ]; then
              echo 'network: {version: 2, ethernets: {eth0: {dhcp4: no, addresses: [10.4.0.20/24]}}}' > /etc/netplan/60-a.yaml
            else
              sed -i 's/^BOOTPROTO=.*/BOOTPROTO=none/' /etc/sysconfig/network-scripts/ifcfg-eth0
            fi
        "#, "eth0 @1 netplan turns DHCP off (/etc/netplan/60-a.yaml)"),
        ("one way is DHCP", r#"
            #!/bin/bash
            case "$(hostname)" in
              db*) nmcli con mod eth0 ipv4.method manual ipv4.addresses 10.4.0.20/24 ;;
              *)   nmcli con mod eth0 ipv4.method auto ;;
            esac
        "#, "unstated"),
        ("conditions about other things", r#"
            #!/bin/bash
            set -euo pipefail
            if [ "$EUID" -ne 0 ]; then echo "run as root"; exit 1; fi
            [ -f /etc/motd ] && rm -f /etc/motd
            command -v nmcli >/dev/null || { echo "no nmcli"; exit 1; }
            if ! rpm -q tuned; then
              yum -y install tuned
            fi
            nmcli con mod eth0 ipv4.method manual ipv4.addresses 10.4.0.20/24
        "#, "eth0 @9 nmcli sets a manual address (-)"),
        ("many conditions about other things", &conditions, "eth0 @32 nmcli sets a manual address (-)"),
        ("a test in front", "
            [ -e /etc/fixed ] && nmcli con mod eth0 ipv4.method manual ipv4.addresses 10.4.0.20/24
        ", "unstated"),
        ("only when something fails", "
            ping -c1 10.4.0.1 || nmcli con mod eth0 ipv4.method manual ipv4.addresses 10.4.0.20/24
        ", "unstated"),
        ("one after the other", "
            yum -y install tuned && nmcli con mod eth0 ipv4.method manual ipv4.addresses 10.4.0.20/24 && nmcli con up eth0
        ", "eth0 @1 nmcli sets a manual address (-)"),
        ("a function that is called", r#"
            #!/bin/bash
            set_address() {
              local dev=$1 addr=$2
              nmcli con mod "System $dev" ipv4.addresses "$addr" ipv4.method manual
            }
            set_address eth0 10.4.0.20/24
        "#, "eth0 @4 nmcli sets a manual address (-)"),
        ("a function that is called for another interface", r#"
            #!/bin/bash
            function set_address {
              nmcli con mod "System $1" ipv4.addresses "$2" ipv4.method manual
            }
            set_address eth1 10.4.1.20/24
        "#, "unstated"),
        ("a function that is not called", r#"
            #!/bin/bash
            fixed() {
              nmcli con mod eth0 ipv4.method manual
            }
            echo ready
        "#, "unstated"),
        ("after the end", "
            #!/bin/bash
            echo ready
            exit 0
            nmcli con mod eth0 ipv4.method manual
        ", "unstated"),
    ]);
}

#[test]
fn command_lines() {
    check(
        Command,
        &[
            (
                "a shell in a command line",
                r#"bash -c "nmcli con mod 'System eth0' ipv4.method manual ipv4.addresses 10.4.0.20/24""#,
                "eth0 @1 nmcli sets a manual address (-)",
            ),
            (
                "sudo and options",
                "sudo -n nmcli -w 5 connection modify eth0 ipv4.method manual ipv4.addresses 10.4.0.20/24",
                "eth0 @1 nmcli sets a manual address (-)",
            ),
            ("a file from elsewhere", "sh configure.sh eth0 static", "unstated"),
            (
                "files and commands on one line",
                "sed -i 's/BOOTPROTO=dhcp/BOOTPROTO=static/' /etc/sysconfig/network-scripts/ifcfg-eth0 && echo 'IPADDR=10.4.0.20' >> /etc/sysconfig/network-scripts/ifcfg-eth0",
                "eth0 @1 BOOTPROTO turns DHCP off (-)",
            ),
            (
                "Base64 into a shell",
                "echo bm1jbGkgY29uIG1vZCBldGgwIGlwdjQubWV0aG9kIG1hbnVhbCBpcHY0LmFkZHJlc3NlcyAxMC40LjAuMjAvMjQK | base64 -d | sudo bash",
                "eth0 @1 nmcli sets a manual address (-)",
            ),
            ("printed, not run", "echo nmcli con mod eth0 ipv4.method manual", "unstated"),
        ],
    );
    check(
        Script,
        &[(
            "a script without a first line",
            "
            nmcli con mod eth0 ipv4.method manual ipv4.addresses 10.4.0.20/24
        ",
            "eth0 @1 nmcli sets a manual address (-)",
        )],
    );
}

#[test]
fn several_properties() {
    let fixed = "
        #cloud-config
        runcmd:
          - nmcli con mod eth0 ipv4.method manual ipv4.addresses 10.4.0.20/24
    ";
    let mut all = texts(CustomData, fixed);
    all.extend(texts(RunCommand, "nmcli con mod eth0 ipv4.method auto"));
    assert_eq!(show(&addressing(&all)), "dhcp");
    let mut all = texts(
        CustomData,
        "
        #cloud-config
        write_files:
          - path: /opt/net.sh
            content: |
              #!/bin/sh
              nmcli con mod eth0 ipv4.method manual ipv4.addresses 10.4.0.20/24
    ",
    );
    assert_eq!(show(&addressing(&all)), "unstated");
    all.extend(texts(Command, "sh /opt/net.sh"));
    assert_eq!(show(&addressing(&all)), "eth0 @2 nmcli sets a manual address (/opt/net.sh)");
}
