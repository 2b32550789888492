"""The deep model in the loop: trained aside, judged, promoted or refused, rolled back."""
