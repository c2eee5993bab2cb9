"""The 20 tools of the energy grid."""
