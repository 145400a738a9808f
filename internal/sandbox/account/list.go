package account

// Summary is a resource as a list of the account shows it.
type Summary struct {
	Type   string `json:"type"`
	ID     string `json:"id"`
	Name   string `json:"name,omitempty"`
	ARN    string `json:"arn,omitempty"`
	Region string `json:"region,omitempty"`
	// LogicalName is the Pulumi name it was created under.
	LogicalName string `json:"logicalName,omitempty"`
	URN         string `json:"urn,omitempty"`
	Origin      Origin `json:"origin"`
	Status      Status `json:"status"`
}

// Listing is what an account holds, each list oldest first.
type Listing struct {
	AccountID string `json:"accountID"`
	// Resources are what programs created and what came with it.
	Resources []Summary `json:"resources"`
	// Prerequisites were there before any program ran.
	Prerequisites []Summary `json:"prerequisites"`
	// Kept is what AWS itself keeps after a delete: keys and secrets in their
	// recovery window, deregistered task definition revisions, snapshots of
	// deleted clusters.
	Kept []Summary `json:"kept"`
}

// List returns what the account holds.
func (a *Account) List() Listing {
	listing := Listing{AccountID: a.ID(), Resources: []Summary{}, Prerequisites: []Summary{}, Kept: []Summary{}}
	a.mutex.Lock()
	defer a.mutex.Unlock()
	now := a.now()
	for _, r := range a.index.all() {
		summary := Summary{Type: r.Type, ID: r.ProviderID(), Name: r.Name, ARN: r.ARN, Region: r.Region,
			LogicalName: r.LogicalName(), URN: r.URN, Origin: r.Origin, Status: r.Status}
		switch {
		case r.Status == Deleted, r.Status == PendingDeletion && now.After(r.Until):
		case r.Status != Active:
			listing.Kept = append(listing.Kept, summary)
		case r.Origin == Prerequisite:
			listing.Prerequisites = append(listing.Prerequisites, summary)
		default:
			listing.Resources = append(listing.Resources, summary)
		}
	}
	return listing
}

// Empty reports whether nothing is left of what programs created: only
// prerequisites, and what AWS itself keeps.
func (a *Account) Empty() bool { return len(a.List().Resources) == 0 }
