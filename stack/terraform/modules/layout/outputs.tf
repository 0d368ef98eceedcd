output "nodes" {
  description = "Each machine by name: member, vm_id, host, networks, disks."
  value       = local.nodes
}

output "cluster_env" {
  description = "Content of stack/cluster.env for these machines."
  value = join("\n", concat(flatten([
    for name, node in local.nodes : [
      "NODE_${node.member}_NAME=${name}",
      "NODE_${node.member}_STORAGE=${node.networks.storage.address}",
      "NODE_${node.member}_APPS=${node.networks.applications.address}",
    ]
    ]), [
    "STORAGE_NETWORK=${var.storage_network}",
    "APPS_NETWORK=${var.applications_network}",
    "",
  ]))
}

output "ansible_inventory" {
  description = "The group infra of the Ansible inventory, as YAML."
  value = yamlencode({
    infra = {
      hosts = {
        for name, node in local.nodes : name => {
          ansible_host    = node.networks.applications.address
          storage_address = node.networks.storage.address
          member          = node.member
        }
      }
    }
  })
}
