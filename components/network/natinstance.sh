#!/bin/bash
# Makes this machine the way out of the app subnets. It runs once, when the
# machine starts for the first time; what it sets up survives restarts.
set -euo pipefail

# dnf needs more than the 512 MB this machine has, and would be killed.
dd if=/dev/zero of=/swapfile bs=1M count=1024 status=none
chmod 600 /swapfile
mkswap /swapfile
swapon /swapfile
echo '/swapfile none swap defaults 0 0' >> /etc/fstab

# A machine that gave up here would stay useless until somebody looks.
until dnf --assumeyes install nftables; do
  sleep 10
done

# There is one network interface, so that no rule has to know its name.
cat > /etc/sysconfig/nftables.conf <<'RULES'
flush ruleset
table ip nat {
  chain forward {
    type filter hook forward priority filter; policy drop;
    ct state established,related accept
    ip saddr @network@ ip daddr != @network@ accept
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr @network@ ip daddr != @network@ masquerade
  }
}
RULES

# Connection tracking has settings only once its module is loaded. For 512 MB it
# would take about 4,000 connections, each kept for 5 days after its last packet.
echo nf_conntrack > /etc/modules-load.d/nat.conf
modprobe nf_conntrack
cat > /etc/sysctl.d/90-nat.conf <<'KERNEL'
net.ipv4.ip_forward = 1
net.ipv4.conf.*.send_redirects = 0
net.netfilter.nf_conntrack_buckets = 16384
net.netfilter.nf_conntrack_max = 65536
net.netfilter.nf_conntrack_tcp_timeout_established = 3600
KERNEL
systemctl restart systemd-sysctl
systemctl enable --now nftables
echo 'The way out is open.'

# Nobody has a key, and the containers have no business here.
systemctl disable --now sshd

# Amazon Linux stays at the release of its image, where no updates arrive,
# unless it is told to follow the latest one.
until dnf --assumeyes install dnf-automatic; do
  sleep 10
done
sed -i 's/^upgrade_type = .*/upgrade_type = security/' /etc/dnf/automatic.conf
echo latest > /etc/dnf/vars/releasever
systemctl enable --now dnf-automatic-install.timer
echo 'Security updates are on.'
