variable "name_prefix" {
  description = "Machines are called PREFIX-1, PREFIX-2, PREFIX-3."
  type        = string
  default     = "docker-infra"
}

variable "node_count" {
  description = "Three: etcd, the masters and the synchronous rule of Postgres need a majority of an odd number."
  type        = number
  default     = 3

  validation {
    condition     = var.node_count >= 3 && var.node_count % 2 == 1
    error_message = "An odd number of at least 3 machines is needed for a majority."
  }
}

variable "first_vm_id" {
  description = "Identifier of the first machine; the others follow."
  type        = number
  default     = 140
}

variable "hosts" {
  description = "Hypervisors the machines are spread over."
  type        = list(string)
  default     = ["pve-1", "pve-2", "pve-3"]

  validation {
    condition     = length(var.hosts) >= 1 && length(distinct(var.hosts)) == length(var.hosts)
    error_message = "Name each host once."
  }
}

variable "first_host_number" {
  description = "Host part of the first machine's address, in both networks."
  type        = number
  default     = 40
}

variable "applications_network" {
  description = "Network of the applications."
  type        = string
  default     = "192.168.4.0/24"

  validation {
    condition     = can(cidrhost(var.applications_network, 1))
    error_message = "Not a network in CIDR form."
  }
}

variable "applications_vlan" {
  description = "VLAN of the applications."
  type        = number
  default     = 4
}

variable "applications_gateway" {
  description = "Default gateway, in the applications' network."
  type        = string
  default     = "192.168.4.1"
}

variable "storage_network" {
  description = "Network of storage and replication, without a gateway."
  type        = string
  default     = "192.168.12.0/24"

  validation {
    condition     = can(cidrhost(var.storage_network, 1))
    error_message = "Not a network in CIDR form."
  }
}

variable "storage_vlan" {
  description = "VLAN of storage and replication."
  type        = number
  default     = 12
}

variable "system_disk_gigabytes" {
  description = "Size of the first disk."
  type        = number
  default     = 32
}

variable "data_disk_gigabytes" {
  description = "Size of the second disk, which becomes /srv/data."
  type        = number
  default     = 500

  validation {
    condition     = var.data_disk_gigabytes >= 20
    error_message = "Below 20 GB there is no room for a database, its WAL and one volume."
  }
}
