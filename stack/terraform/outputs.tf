output "nodes" {
  description = "Each machine by name."
  value       = module.layout.nodes
}

output "cluster_env" {
  description = "terraform output -raw cluster_env > ../cluster.env"
  value       = module.layout.cluster_env
}

output "ansible_inventory" {
  description = "Group infra for ../ansible/inventory.yml."
  value       = module.layout.ansible_inventory
}
