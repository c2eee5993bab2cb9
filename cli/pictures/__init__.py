"""Pictures of the plants, one file per scenario: what a person in the control room would see."""
