package cloud

import "strings"

// Zone is an availability zone.
type Zone struct{ Name, ID string }

// regionCodes are the short names AWS builds zone ids from, with the number of
// zones open to new accounts.
var regionCodes = map[string]struct {
	code  string
	zones int
}{
	"us-east-1": {"use1", 6}, "us-east-2": {"use2", 3}, "us-west-1": {"usw1", 2}, "us-west-2": {"usw2", 4},
	"ca-central-1": {"cac1", 3}, "sa-east-1": {"sae1", 3},
	"eu-central-1": {"euc1", 3}, "eu-central-2": {"euc2", 3}, "eu-west-1": {"euw1", 3}, "eu-west-2": {"euw2", 3}, "eu-west-3": {"euw3", 3},
	"eu-north-1": {"eun1", 3}, "eu-south-1": {"eus1", 3}, "eu-south-2": {"eus2", 3},
	"ap-southeast-1": {"apse1", 3}, "ap-southeast-2": {"apse2", 3}, "ap-northeast-1": {"apne1", 3}, "ap-northeast-2": {"apne2", 4},
	"ap-northeast-3": {"apne3", 3}, "ap-south-1": {"aps1", 3}, "ap-east-1": {"ape1", 3}, "me-south-1": {"mes1", 3}, "af-south-1": {"afs1", 3},
	"il-central-1": {"ilc1", 3}, "me-central-1": {"mec1", 3}, "ap-south-2": {"aps2", 3}, "ap-southeast-3": {"apse3", 3}, "ap-southeast-4": {"apse4", 3},
	"ca-west-1": {"caw1", 3}, "mx-central-1": {"mxc1", 3}, "ap-southeast-5": {"apse5", 3}, "ap-southeast-7": {"apse7", 3}, "ap-east-2": {"ape2", 3},
	"us-gov-east-1": {"usge1", 3}, "us-gov-west-1": {"usgw1", 3}, "cn-north-1": {"cnn1", 3}, "cn-northwest-1": {"cnnw1", 3},
}

// KnownRegion reports whether AWS has a region of that name.
func KnownRegion(region string) bool {
	_, known := regionCodes[region]
	return known
}

// Zones returns the availability zones of a region.
func Zones(region string) []Zone {
	facts := regionCodes[region]
	zones := make([]Zone, 0, facts.zones)
	letters := "abcdef"
	switch region {
	case "us-west-1":
		letters = "ac"
	case "ap-northeast-1":
		letters = "acd"
	case "sa-east-1":
		letters = "abc"
	case "ca-central-1":
		letters = "abd"
	}
	for index, letter := range letters {
		if index < facts.zones {
			zones = append(zones, Zone{Name: region + string(letter), ID: facts.code + "-az" + string(rune('1'+index))})
		}
	}
	return zones
}

func zoneNames(zones []Zone) string {
	names := make([]string, 0, len(zones))
	for _, zone := range zones {
		names = append(names, zone.Name)
	}
	return strings.Join(names, ", ")
}
