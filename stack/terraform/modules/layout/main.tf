# Names, addresses, networks and disks of the three machines: pure data, no provider. The root module and
# the tests use it alike, so whatever creates the machines gets the same answer.

terraform {
  required_version = ">= 1.6"
}

locals {
  numbers = toset([for n in range(1, var.node_count + 1) : tostring(n)])

  nodes = {
    for number in local.numbers : "${var.name_prefix}-${number}" => {
      member = tonumber(number)
      vm_id  = var.first_vm_id + tonumber(number) - 1
      # One machine per host as far as there are hosts: two members on one are no redundancy.
      host = var.hosts[(tonumber(number) - 1) % length(var.hosts)]
      networks = {
        applications = {
          vlan    = var.applications_vlan
          address = cidrhost(var.applications_network, var.first_host_number + tonumber(number) - 1)
          cidr    = "${cidrhost(var.applications_network, var.first_host_number + tonumber(number) - 1)}/${split("/", var.applications_network)[1]}"
          gateway = var.applications_gateway
        }
        storage = {
          vlan    = var.storage_vlan
          address = cidrhost(var.storage_network, var.first_host_number + tonumber(number) - 1)
          cidr    = "${cidrhost(var.storage_network, var.first_host_number + tonumber(number) - 1)}/${split("/", var.storage_network)[1]}"
          # Storage traffic goes nowhere else.
          gateway = null
        }
      }
      disks = {
        system = { interface = "scsi0", gigabytes = var.system_disk_gigabytes }
        data   = { interface = "scsi1", gigabytes = var.data_disk_gigabytes }
      }
    }
  }
}
