terraform {
  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 4.0"
    }
  }
}

provider "azurerm" {
  features {}
}

variable "data_disk_size_gb" {
  type    = number
  default = 8192
}

resource "azurerm_resource_group" "files" {
  name     = "rg-files"
  location = "westeurope"
}

# The group that Azure Backup made for its restore points.
resource "azurerm_management_lock" "restore_points" {
  name       = "do-not-delete"
  scope      = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/AzureBackupRG_westeurope_1"
  lock_level = "CanNotDelete"
}

resource "azurerm_recovery_services_vault" "files" {
  name                = "rsv-files"
  resource_group_name = azurerm_resource_group.files.name
  location            = azurerm_resource_group.files.location
  sku                 = "Standard"
}

resource "azurerm_backup_policy_vm" "every_four_hours" {
  name                           = "every-four-hours"
  resource_group_name            = azurerm_resource_group.files.name
  recovery_vault_name            = azurerm_recovery_services_vault.files.name
  policy_type                    = "V2"
  instant_restore_retention_days = 7

  backup {
    frequency     = "Hourly"
    time          = "08:00"
    hour_interval = 4
    hour_duration = 24
  }

  retention_daily {
    count = 30
  }
}

resource "azurerm_network_interface" "files01" {
  name                = "nic-files01"
  resource_group_name = azurerm_resource_group.files.name
  location            = azurerm_resource_group.files.location

  ip_configuration {
    name                          = "primary"
    subnet_id                     = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-network/providers/Microsoft.Network/virtualNetworks/vnet-files/subnets/snet-files"
    private_ip_address_allocation = "Static"
    private_ip_address            = "10.20.0.10"
  }
}

resource "azurerm_network_interface" "files02" {
  name                = "nic-files02"
  resource_group_name = azurerm_resource_group.files.name
  location            = azurerm_resource_group.files.location

  ip_configuration {
    name                          = "primary"
    subnet_id                     = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-network/providers/Microsoft.Network/virtualNetworks/vnet-files/subnets/snet-files"
    private_ip_address_allocation = "Static"
    private_ip_address            = "10.20.0.11"
  }
}

resource "azurerm_linux_virtual_machine" "files01" {
  name                  = "vm-files01"
  resource_group_name   = azurerm_resource_group.files.name
  location              = azurerm_resource_group.files.location
  size                  = "Standard_D4s_v5"
  admin_username        = "operator"
  network_interface_ids = [azurerm_network_interface.files01.id]
  custom_data           = base64encode(file("${path.module}/cloud-init.yaml"))

  admin_ssh_key {
    username   = "operator"
    public_key = file("${path.module}/operator.pub")
  }

  os_disk {
    caching              = "ReadWrite"
    storage_account_type = "Premium_LRS"
  }

  source_image_reference {
    publisher = "Canonical"
    offer     = "ubuntu-24_04-lts"
    sku       = "server"
    version   = "latest"
  }
}

resource "azurerm_linux_virtual_machine" "files02" {
  name                  = "vm-files02"
  resource_group_name   = azurerm_resource_group.files.name
  location              = azurerm_resource_group.files.location
  size                  = "Standard_D4s_v5"
  admin_username        = "operator"
  network_interface_ids = [azurerm_network_interface.files02.id]

  admin_ssh_key {
    username   = "operator"
    public_key = file("${path.module}/operator.pub")
  }

  os_disk {
    caching              = "ReadWrite"
    storage_account_type = "Premium_LRS"
  }

  source_image_reference {
    publisher = "Canonical"
    offer     = "ubuntu-24_04-lts"
    sku       = "server"
    version   = "latest"
  }
}

resource "azurerm_managed_disk" "data" {
  name                 = "disk-files01-data"
  resource_group_name  = azurerm_resource_group.files.name
  location             = azurerm_resource_group.files.location
  storage_account_type = "Premium_LRS"
  create_option        = "Empty"
  disk_size_gb         = var.data_disk_size_gb
}

resource "azurerm_virtual_machine_data_disk_attachment" "data" {
  managed_disk_id    = azurerm_managed_disk.data.id
  virtual_machine_id = azurerm_linux_virtual_machine.files01.id
  lun                = 0
  caching            = "ReadOnly"
}

resource "azurerm_backup_protected_vm" "files01" {
  resource_group_name = azurerm_resource_group.files.name
  recovery_vault_name = azurerm_recovery_services_vault.files.name
  source_vm_id        = azurerm_linux_virtual_machine.files01.id
  backup_policy_id    = azurerm_backup_policy_vm.every_four_hours.id
}

resource "azurerm_backup_protected_vm" "files02" {
  resource_group_name = azurerm_resource_group.files.name
  recovery_vault_name = azurerm_recovery_services_vault.files.name
  source_vm_id        = azurerm_linux_virtual_machine.files02.id
  backup_policy_id    = azurerm_backup_policy_vm.every_four_hours.id
}
