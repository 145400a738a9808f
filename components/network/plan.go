package network

import (
	"fmt"
	"net/netip"
)

// Slots is how many availability zones the address plan has room for. A zone
// that is added later takes the next slot and moves no other subnet.
const Slots = 4

// vpcBits is the prefix length of the whole plan. It is fixed: a VPC's CIDR can
// never change, so the plan starts at the largest size AWS allows.
const vpcBits = 16

// Layer is a kind of subnet, of which every zone has one.
type Layer int

// The layers in use. Every slot is a /18; what the layers leave free in it stays
// reserved for layers to come.
const (
	// Public holds load balancers and NAT gateways: a /24, 251 addresses.
	Public Layer = iota + 1
	// App holds the containers: a /20, 4091 addresses.
	App
	// Data holds databases and caches and has no route to the internet: a /22,
	// 1019 addresses.
	Data
)

// String is the layer's part in logical names.
func (l Layer) String() string { return layers[l].name }

// A place is where a layer lies within its slot. Places never change and never
// overlap; a new layer takes an address range that no place covers.
type place struct {
	name   string
	offset int // addresses from the beginning of the slot
	bits   int
}

var layers = map[Layer]place{
	App:    {name: "app", offset: 0, bits: 20},
	Data:   {name: "data", offset: 4096, bits: 22},
	Public: {name: "public", offset: 5120, bits: 24},
}

// slotSize is the number of addresses of a slot: a quarter of the plan.
const slotSize = 1 << (32 - vpcBits) / Slots

// subnetCIDR returns the range of a layer in a slot. It depends on nothing else,
// so that adding a zone or a layer moves nothing.
func subnetCIDR(vpc netip.Prefix, slot int, layer Layer) (netip.Prefix, error) {
	at, ok := layers[layer]
	if !ok || slot < 0 || slot >= Slots {
		return netip.Prefix{}, fmt.Errorf("the address plan has no layer %d in slot %d", layer, slot)
	}
	base := vpc.Addr().As4()
	host := slot*slotSize + at.offset
	base[2] |= byte(host >> 8)
	base[3] |= byte(host)
	return netip.PrefixFrom(netip.AddrFrom4(base), at.bits), nil
}

// layersV6 is how many layers a slot has room for in the IPv6 range.
const layersV6 = 16

// subnetCIDRv6 returns the /64 of a layer in a slot, of the /56 AWS gives to the
// VPC. Like the IPv4 range it depends on nothing else.
func subnetCIDRv6(vpc string, slot int, layer Layer) (string, error) {
	p, err := netip.ParsePrefix(vpc)
	if err != nil || !p.Addr().Is6() || p.Bits() != 56 || slot < 0 || slot >= Slots || int(layer) >= layersV6 {
		return "", fmt.Errorf("the IPv6 range of the VPC must be a /56 with room for layer %d in slot %d, got %q", layer, slot, vpc)
	}
	address := p.Masked().Addr().As16()
	address[7] |= byte(slot*layersV6 + int(layer))
	return netip.PrefixFrom(netip.AddrFrom16(address), 64).String(), nil
}

// private are the ranges a VPC can take without meeting the internet's:
// RFC 1918 and the shared address space of RFC 6598.
var private = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"),
	netip.MustParsePrefix("172.16.0.0/12"),
	netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("100.64.0.0/10"),
}

// parseCIDR accepts a private IPv4 /16.
func parseCIDR(text string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(text)
	if err != nil || !p.Addr().Is4() || p.Bits() != vpcBits || p.Masked() != p {
		return netip.Prefix{}, fmt.Errorf("CIDR must be an IPv4 /16 such as 10.0.0.0/16, got %q; the address plan divides a /16 among %d zones", text, Slots)
	}
	for _, r := range private {
		if r.Contains(p.Addr()) {
			return p, nil
		}
	}
	return netip.Prefix{}, fmt.Errorf("CIDR must be private, got %s; take a /16 of 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10", text)
}
