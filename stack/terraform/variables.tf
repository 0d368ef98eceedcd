# Shared with modules/layout, where each is validated.
variable "name_prefix" {
  type    = string
  default = "docker-infra"
}

variable "first_vm_id" {
  type    = number
  default = 140
}

variable "hosts" {
  type    = list(string)
  default = ["pve-1", "pve-2", "pve-3"]
}

variable "first_host_number" {
  type    = number
  default = 40
}

variable "applications_network" {
  type    = string
  default = "192.168.4.0/24"
}

variable "applications_vlan" {
  type    = number
  default = 4
}

variable "applications_gateway" {
  type    = string
  default = "192.168.4.1"
}

variable "storage_network" {
  type    = string
  default = "192.168.12.0/24"
}

variable "storage_vlan" {
  type    = number
  default = 12
}

variable "system_disk_gigabytes" {
  type    = number
  default = 32
}

variable "data_disk_gigabytes" {
  type    = number
  default = 500
}

# Of Proxmox only.
variable "template_vm_id" {
  description = "A Debian 12 cloud image with the guest agent, on every host."
  type        = number
}

variable "datastore" {
  description = "Where disks are made. Local to each host: the stacks replicate themselves."
  type        = string
  default     = "local-lvm"
}

variable "bridge" {
  description = "VLAN-aware bridge."
  type        = string
  default     = "vmbr0"
}

variable "storage_mtu" {
  description = "MTU of the storage network; 9000 where the switches carry it."
  type        = number
  default     = 1500
}

variable "cores" {
  type    = number
  default = 4
}

variable "memory_megabytes" {
  type    = number
  default = 16384
}

variable "user" {
  description = "Account that Ansible logs in with."
  type        = string
  default     = "ansible"
}

variable "ssh_public_keys" {
  description = "Public keys of that account."
  type        = list(string)

  validation {
    condition     = length(var.ssh_public_keys) > 0
    error_message = "Without a key nobody gets in."
  }
}
