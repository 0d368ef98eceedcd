# Three virtual machines with two networks and a data disk, on Proxmox VE.
# Everything that does not depend on the hypervisor is in modules/layout; another provider replaces this file only.

terraform {
  required_version = ">= 1.6"

  required_providers {
    proxmox = {
      source  = "bpg/proxmox"
      version = "~> 0.66"
    }
  }
}

# Endpoint and token come from PROXMOX_VE_ENDPOINT and PROXMOX_VE_API_TOKEN, never from a file here.
provider "proxmox" {}

module "layout" {
  source = "./modules/layout"

  name_prefix           = var.name_prefix
  first_vm_id           = var.first_vm_id
  hosts                 = var.hosts
  first_host_number     = var.first_host_number
  applications_network  = var.applications_network
  applications_vlan     = var.applications_vlan
  applications_gateway  = var.applications_gateway
  storage_network       = var.storage_network
  storage_vlan          = var.storage_vlan
  system_disk_gigabytes = var.system_disk_gigabytes
  data_disk_gigabytes   = var.data_disk_gigabytes
}

resource "proxmox_virtual_environment_vm" "node" {
  for_each = module.layout.nodes

  name      = each.key
  node_name = each.value.host
  vm_id     = each.value.vm_id
  tags      = ["swfs", "infra"]
  on_boot   = true

  clone {
    vm_id = var.template_vm_id
    full  = true
  }

  agent {
    enabled = true
  }

  cpu {
    cores = var.cores
    type  = "host"
  }

  memory {
    dedicated = var.memory_megabytes
  }

  disk {
    interface    = each.value.disks.system.interface
    datastore_id = var.datastore
    size         = each.value.disks.system.gigabytes
    discard      = "on"
    iothread     = true
  }

  disk {
    interface    = each.value.disks.data.interface
    datastore_id = var.datastore
    size         = each.value.disks.data.gigabytes
    discard      = "on"
    iothread     = true
  }

  network_device {
    bridge  = var.bridge
    vlan_id = each.value.networks.applications.vlan
  }

  network_device {
    bridge  = var.bridge
    vlan_id = each.value.networks.storage.vlan
    mtu     = var.storage_mtu
  }

  initialization {
    datastore_id = var.datastore

    ip_config {
      ipv4 {
        address = each.value.networks.applications.cidr
        gateway = each.value.networks.applications.gateway
      }
    }

    ip_config {
      ipv4 {
        address = each.value.networks.storage.cidr
      }
    }

    user_account {
      username = var.user
      keys     = var.ssh_public_keys
    }
  }

  lifecycle {
    # The data disk holds the only copy of one member's data.
    prevent_destroy = true
    ignore_changes  = [clone, initialization[0].user_account]
  }
}
