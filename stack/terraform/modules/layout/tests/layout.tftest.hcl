run "defaults_are_the_documented_addresses" {
  command = plan

  assert {
    condition     = [for n in values(output.nodes) : n.networks.storage.address] == ["192.168.12.40", "192.168.12.41", "192.168.12.42"]
    error_message = "Storage addresses differ from the documents."
  }
  assert {
    condition     = [for n in values(output.nodes) : n.networks.applications.cidr] == ["192.168.4.40/24", "192.168.4.41/24", "192.168.4.42/24"]
    error_message = "Application addresses differ from the documents."
  }
  assert {
    condition     = keys(output.nodes) == ["docker-infra-1", "docker-infra-2", "docker-infra-3"]
    error_message = "Names differ from the documents."
  }
  assert {
    condition     = alltrue([for n in values(output.nodes) : n.networks.storage.gateway == null])
    error_message = "The storage network must not have a gateway."
  }
  assert {
    condition     = alltrue([for n in values(output.nodes) : n.disks.data.interface == "scsi1"])
    error_message = "The data disk is the second one."
  }
}

run "each_machine_on_its_own_host" {
  command = plan

  assert {
    condition     = length(distinct([for n in values(output.nodes) : n.host])) == 3
    error_message = "Two members on one host."
  }
}

run "cluster_env_has_every_node" {
  command = plan

  assert {
    condition     = strcontains(output.cluster_env, "NODE_3_STORAGE=192.168.12.42") && strcontains(output.cluster_env, "NODE_1_NAME=docker-infra-1")
    error_message = "cluster.env lacks a node."
  }
}

run "two_machines_are_refused" {
  command = plan

  variables {
    node_count = 2
  }
  expect_failures = [var.node_count]
}

run "a_tiny_data_disk_is_refused" {
  command = plan

  variables {
    data_disk_gigabytes = 5
  }
  expect_failures = [var.data_disk_gigabytes]
}

run "a_wrong_network_is_refused" {
  command = plan

  variables {
    storage_network = "192.168.12.0"
  }
  expect_failures = [var.storage_network]
}
