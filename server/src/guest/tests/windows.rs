//! PowerShell, netsh and what runs them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{check, show};
use crate::guest::Channel::{Command, RunCommand};
use crate::guest::{addressing, read};

#[test]
fn powershell() {
    check(RunCommand, &[
        ("by alias", "
            $ErrorActionPreference = 'Stop'
            New-NetIPAddress -InterfaceAlias 'Ethernet' -IPAddress 10.4.0.20 -PrefixLength 24 -DefaultGateway 10.4.0.1
            Set-DnsClientServerAddress -InterfaceAlias 'Ethernet' -ServerAddresses 10.4.0.4
        ", "Ethernet @2 New-NetIPAddress sets a static address (-)"),
        ("lower case, continued lines", "
            new-netipaddress `
              -interfacealias Ethernet `
              -ipaddress 10.4.0.20 -prefixlength 24
        ", "Ethernet @1 New-NetIPAddress sets a static address (-)"),
        ("an adapter in a variable", "
            $nic = Get-NetAdapter -Name Ethernet
            New-NetIPAddress -InterfaceIndex $nic.ifIndex -IPAddress 10.4.0.20 -PrefixLength 24
        ", "Ethernet @2 New-NetIPAddress sets a static address (-)"),
        ("the first adapter that is up", "
            $nic = Get-NetAdapter | Where-Object { $_.Status -eq 'Up' } | Select-Object -First 1
            New-NetIPAddress -InterfaceIndex $nic.InterfaceIndex -IPAddress 10.4.0.20 -PrefixLength 24
        ", "- @2 New-NetIPAddress sets a static address (-)"),
        ("the adapter in brackets", "
            New-NetIPAddress -InterfaceIndex (Get-NetAdapter | Select-Object -First 1).ifIndex -IPAddress 10.4.0.20 -PrefixLength 24
        ", "- @1 New-NetIPAddress sets a static address (-)"),
        ("the adapter of the default route", "
            $index = (Get-NetRoute -DestinationPrefix '0.0.0.0/0' | Sort-Object RouteMetric | Select-Object -First 1).ifIndex
            Set-NetIPInterface -InterfaceIndex $index -Dhcp Disabled
        ", "- @2 Set-NetIPInterface turns DHCP off (-)"),
        ("the adapter through the pipe", "
            Get-NetAdapter -Name 'Ethernet' | New-NetIPAddress -AddressFamily IPv4 -IPAddress 10.4.0.20 -PrefixLength 24 | Out-Null
        ", "Ethernet @1 New-NetIPAddress sets a static address (-)"),
        ("each adapter", "
            Get-NetAdapter | ForEach-Object {
              Set-NetIPInterface -InterfaceIndex $_.ifIndex -Dhcp Disabled
            }
        ", "- @1 Set-NetIPInterface turns DHCP off (-)"),
        ("what is written about most often", "
            $IP = '10.4.0.20'
            $IPType = 'IPv4'
            $adapter = Get-NetAdapter | ? {$_.Status -eq 'up'}
            If (($adapter | Get-NetIPConfiguration).IPv4Address.IPAddress) {
              $adapter | Remove-NetIPAddress -AddressFamily $IPType -Confirm:$false
            }
            If (($adapter | Get-NetIPConfiguration).Ipv4DefaultGateway) {
              $adapter | Remove-NetRoute -AddressFamily $IPType -Confirm:$false
            }
            $adapter | New-NetIPAddress `
              -AddressFamily $IPType `
              -IPAddress $IP `
              -PrefixLength 24 `
              -DefaultGateway 10.4.0.1
        ", "- @10 New-NetIPAddress sets a static address (-)"),
        ("and its way back", "
            $adapter = Get-NetAdapter | ? {$_.Status -eq 'up'}
            $interface = $adapter | Get-NetIPInterface -AddressFamily IPv4
            If ($interface.Dhcp -eq 'Disabled') {
              $interface | Remove-NetRoute -Confirm:$false
            }
            $interface | Set-NetIPInterface -DHCP Enabled
            $interface | Set-DnsClientServerAddress -ResetServerAddresses
        ", "dhcp"),
        ("parameters in a table", "
            $address = @{
              InterfaceAlias = 'Ethernet'
              IPAddress      = '10.4.0.20'
              PrefixLength   = 24
              DefaultGateway = '10.4.0.1'
            }
            New-NetIPAddress @address
        ", "Ethernet @7 New-NetIPAddress sets a static address (-)"),
        ("an assignment takes the output", "
            $null = New-NetIPAddress -InterfaceAlias Ethernet -IPAddress 10.4.0.20 -PrefixLength 24
        ", "Ethernet @1 New-NetIPAddress sets a static address (-)"),
        ("a parameter with a default", "
            param(
              [Parameter(Mandatory = $false)]
              [string] $Alias = 'Ethernet',
              [string] $Address = '10.4.0.20'
            )
            New-NetIPAddress -InterfaceAlias $Alias -IPAddress $Address -PrefixLength 24
        ", "Ethernet @6 New-NetIPAddress sets a static address (-)"),
        ("a function", "
            function Set-Address {
              param([string]$Alias, [string]$Address)
              Remove-NetIPAddress -InterfaceAlias $Alias -Confirm:$false
              New-NetIPAddress -InterfaceAlias $Alias -IPAddress $Address -PrefixLength 24
            }
            Set-Address -Alias 'Ethernet' -Address 10.4.0.20
        ", "Ethernet @4 New-NetIPAddress sets a static address (-)"),
        ("tried", "
            try {
              New-NetIPAddress -InterfaceAlias Ethernet -IPAddress 10.4.0.20 -PrefixLength 24 -ErrorAction Stop
            }
            catch {
              Write-Error $_
              exit 1
            }
        ", "Ethernet @2 New-NetIPAddress sets a static address (-)"),
        ("WMI", r#"
            $nic = Get-WmiObject Win32_NetworkAdapterConfiguration -Filter "IPEnabled = True"
            $nic.EnableStatic("10.4.0.20", "255.255.255.0")
            $nic.SetGateways("10.4.0.1", 1)
        "#, "- @2 EnableStatic sets a static address (-)"),
        ("WMI in a loop", r#"
            $nics = Get-WmiObject Win32_NetworkAdapterConfiguration | Where-Object { $_.IPEnabled -eq $true }
            foreach ($nic in $nics) {
              $nic.EnableStatic('10.4.0.20', '255.255.255.0')
            }
        "#, "- @3 EnableStatic sets a static address (-)"),
        ("CIM", "
            Get-CimInstance Win32_NetworkAdapterConfiguration -Filter 'IPEnabled=TRUE' |
              Invoke-CimMethod -MethodName EnableStatic -Arguments @{ IPAddress = @('10.4.0.20'); SubnetMask = @('255.255.255.0') }
        ", "- @1 EnableStatic sets a static address (-)"),
        ("netsh", r#"
            netsh interface ipv4 set address name="Ethernet" source=static address=10.4.0.20 mask=255.255.255.0 gateway=10.4.0.1
        "#, "Ethernet @1 netsh sets a static address (-)"),
        ("desired state", "
            Configuration Address {
              Import-DscResource -ModuleName NetworkingDsc
              Node localhost {
                IPAddress Fixed {
                  IPAddress      = '10.4.0.20/24'
                  InterfaceAlias = 'Ethernet'
                  AddressFamily  = 'IPV4'
                }
              }
            }
            Address -OutputPath C:\\dsc
        ", "Ethernet @4 a DSC resource sets a static address (-)"),
        ("DHCP off and an address, by the pipe", "
            $Nic = Get-NetAdapter -Name Ethernet
            $Nic | Set-NetIPInterface -DHCP Disabled
            $Nic | New-NetIPAddress -AddressFamily IPv4 `
                                    -IPAddress 10.4.0.20 `
                                    -PrefixLength 24
            Set-DnsClientServerAddress -InterfaceAlias $Nic.Name -ServerAddresses 10.4.0.4
        ", "Ethernet @3 New-NetIPAddress sets a static address (-)"),
        ("the address that DHCP gave is made fixed", "
            function Switch-ToStatic {
              $current = Get-NetIPAddress -AddressFamily IPv4 -PrefixOrigin Dhcp
              $gateway = (Get-NetIPConfiguration -InterfaceIndex $current.InterfaceIndex).IPv4DefaultGateway.NextHop
              Set-NetIPInterface -InterfaceIndex $current.InterfaceIndex -Dhcp Disabled
              $parameters = @{
                IPAddress      = $current.IPAddress
                InterfaceAlias = $current.InterfaceAlias
                PrefixLength   = $current.PrefixLength
              }
              New-NetIPAddress @parameters
            }
            Switch-ToStatic
        ", "- @10 New-NetIPAddress sets a static address (-)"),
        ("dashes from a word processor", "
            New-NetIPAddress \u{2013}InterfaceAlias Ethernet \u{2013}IPAddress 10.4.0.20 \u{2013}PrefixLength 24
        ", "Ethernet @1 New-NetIPAddress sets a static address (-)"),
        ("an adapter that got another name", "
            Rename-NetAdapter -Name 'Ethernet' -NewName 'LAN'
            New-NetIPAddress -InterfaceAlias LAN -IPAddress 10.4.0.20 -PrefixLength 24
        ", "Ethernet @2 New-NetIPAddress sets a static address (-)"),
        ("an adapter by its description", "
            $nic = Get-NetAdapter -InterfaceDescription 'Microsoft Hyper-V Network Adapter'
            New-NetIPAddress -InterfaceIndex $nic.ifIndex -IPAddress 10.4.0.20 -PrefixLength 24
        ", "- @2 New-NetIPAddress sets a static address (-)"),
        ("the first adapter beside the second", "
            New-NetIPAddress -InterfaceAlias 'Ethernet' -IPAddress 10.4.0.20 -PrefixLength 24
            New-NetIPAddress -InterfaceAlias 'Ethernet 2' -IPAddress 10.4.1.20 -PrefixLength 24
        ", "Ethernet @1 New-NetIPAddress sets a static address (-)"),
        ("a block that is called", "
            & {
              New-NetIPAddress -InterfaceAlias Ethernet -IPAddress 10.4.0.20 -PrefixLength 24
            }
        ", "Ethernet @2 New-NetIPAddress sets a static address (-)"),
        ("not on loopback, but on the rest", "
            Get-NetIPInterface -AddressFamily IPv4 | Where-Object { $_.InterfaceAlias -notlike '*Loopback*' } | Set-NetIPInterface -Dhcp Disabled
        ", "- @1 Set-NetIPInterface turns DHCP off (-)"),
        ("back to DHCP", "
            Set-NetIPInterface -InterfaceAlias Ethernet -Dhcp Disabled
            Start-Sleep 5
            Set-NetIPInterface -InterfaceAlias Ethernet -Dhcp Enabled
        ", "dhcp"),
        ("DHCP beside static addresses", "
            netsh interface ipv4 set interface interface=\"Ethernet\" dhcpstaticipcoexistence=enabled
            New-NetIPAddress -InterfaceAlias Ethernet -IPAddress 10.4.0.21 -PrefixLength 24 -SkipAsSource $true
        ", "unstated"),
    ]);
}

#[test]
fn powershell_that_is_no_fault() {
    check(
        RunCommand,
        &[
            (
                "an inner switch",
                r#"
            New-VMSwitch -Name 'Lab' -SwitchType Internal
            New-NetIPAddress -IPAddress 192.168.50.1 -PrefixLength 24 -InterfaceAlias "vEthernet (Lab)"
            New-NetNat -Name Lab -InternalIPInterfaceAddressPrefix 192.168.50.0/24
        "#,
                "unstated",
            ),
            (
                "an inner switch by its adapter",
                r#"
            $switchName = 'Lab'
            New-VMSwitch -Name $switchName -SwitchType Internal
            $adapter = Get-NetAdapter | Where-Object { $_.Name -like "*$switchName*" }
            New-NetIPAddress -IPAddress 192.168.50.1 -PrefixLength 24 -InterfaceIndex $adapter.ifIndex
        "#,
                "unstated",
            ),
            (
                "an inner switch, any adapter that is left",
                r#"
            New-VMSwitch -Name 'Lab' -SwitchType Internal
            $index = (Get-NetAdapter | Select-Object -First 1).ifIndex
            New-NetIPAddress -IPAddress 192.168.50.1 -PrefixLength 24 -InterfaceIndex $index
        "#,
                "unstated",
            ),
            (
                "a machine inside the machine",
                "
            Invoke-Command -VMName Inner -Credential $c -ScriptBlock {
              New-NetIPAddress -InterfaceAlias Ethernet -IPAddress 192.168.50.10 -PrefixLength 24
            }
        ",
                "unstated",
            ),
            (
                "the second adapter",
                "
            New-NetIPAddress -InterfaceAlias 'Ethernet 2' -IPAddress 10.4.1.20 -PrefixLength 24
            Get-NetAdapter | Where-Object Name -eq 'Ethernet 3' | New-NetIPAddress -IPAddress 10.4.2.20 -PrefixLength 24
            $second = (Get-NetAdapter)[1]
            New-NetIPAddress -InterfaceIndex $second.ifIndex -IPAddress 10.4.1.20 -PrefixLength 24
            $last = Get-NetAdapter | Sort-Object ifIndex | Select-Object -Last 1
            New-NetIPAddress -InterfaceIndex $last.ifIndex -IPAddress 10.4.1.20 -PrefixLength 24
        ",
                "unstated",
            ),
            (
                "loopback",
                "
            New-NetIPAddress -InterfaceAlias 'Loopback Pseudo-Interface 1' -IPAddress 10.9.9.9 -PrefixLength 32
        ",
                "unstated",
            ),
            (
                "IPv6",
                "
            New-NetIPAddress -InterfaceAlias Ethernet -IPAddress fd00::20 -PrefixLength 64
            Set-NetIPInterface -InterfaceAlias Ethernet -AddressFamily IPv6 -Dhcp Disabled
        ",
                "unstated",
            ),
            (
                "several addresses",
                "
            New-NetIPAddress -InterfaceAlias Ethernet -IPAddress 10.4.0.20 -PrefixLength 24 -DefaultGateway 10.4.0.1
            New-NetIPAddress -InterfaceAlias Ethernet -IPAddress 10.4.0.21 -PrefixLength 24
        ",
                "unstated",
            ),
            (
                "DNS, routes and metrics",
                "
            Set-DnsClientServerAddress -InterfaceAlias Ethernet -ServerAddresses 10.4.0.4
            New-NetRoute -DestinationPrefix 10.9.0.0/16 -InterfaceAlias Ethernet -NextHop 10.4.0.1
            Set-NetIPInterface -InterfaceAlias Ethernet -InterfaceMetric 10
            netsh interface ip set dns name=Ethernet static 10.4.0.4
        ",
                "unstated",
            ),
            (
                "comments and texts",
                r#"
            # New-NetIPAddress -InterfaceAlias Ethernet -IPAddress 10.4.0.20 -PrefixLength 24
            <#
              New-NetIPAddress -InterfaceAlias Ethernet -IPAddress 10.4.0.20 -PrefixLength 24
            #>
            Write-Output "New-NetIPAddress -InterfaceAlias Ethernet -IPAddress 10.4.0.20"
            $help = @'
            New-NetIPAddress -InterfaceAlias Ethernet -IPAddress 10.4.0.20 -PrefixLength 24
            '@
            $help | Set-Content C:\readme.txt
        "#,
                "unstated",
            ),
            (
                "a condition",
                "
            if ($env:FIXED) {
              New-NetIPAddress -InterfaceAlias Ethernet -IPAddress 10.4.0.20 -PrefixLength 24
            }
        ",
                "unstated",
            ),
            (
                "an adapter nobody knows",
                "
            $nic = Get-NetAdapter | Where-Object MacAddress -eq $mac
            New-NetIPAddress -InterfaceIndex $nic.ifIndex -IPAddress 10.4.0.20 -PrefixLength 24
            New-NetIPAddress -InterfaceIndex 12 -IPAddress 10.4.0.20 -PrefixLength 24
        ",
                "unstated",
            ),
            (
                "a function that is not called",
                "
            function Set-Address { New-NetIPAddress -InterfaceAlias Ethernet -IPAddress 10.4.0.20 -PrefixLength 24 }
        ",
                "unstated",
            ),
        ],
    );
}

#[test]
fn command_lines() {
    check(
        Command,
        &[
            (
                "quoted command",
                r#"powershell -NoProfile -Command "New-NetIPAddress -InterfaceAlias 'Ethernet' -IPAddress 10.4.0.20 -PrefixLength 24""#,
                "Ethernet @1 New-NetIPAddress sets a static address (-)",
            ),
            (
                "several commands, inner quotes",
                r#"powershell.exe -ExecutionPolicy Bypass -Command "Set-Service W32Time -StartupType Automatic; Set-NetIPInterface -InterfaceAlias \"Ethernet\" -Dhcp Disabled""#,
                "Ethernet @1 Set-NetIPInterface turns DHCP off (-)",
            ),
            (
                "netsh through cmd",
                r#"cmd /c netsh interface ip set address "Ethernet" static 10.4.0.20 255.255.255.0 10.4.0.1"#,
                "Ethernet @1 netsh sets a static address (-)",
            ),
            (
                "netsh, short words",
                r#"netsh int ip set addr name="Ethernet" static 10.4.0.20 255.255.255.0"#,
                "Ethernet @1 netsh sets a static address (-)",
            ),
            ("netsh to DHCP", r#"netsh interface ipv4 set address name="Ethernet" source=dhcp"#, "dhcp"),
            (
                "netsh for an inner switch",
                r#"netsh interface ip set address "vEthernet (Lab)" static 192.168.50.1 255.255.255.0"#,
                "unstated",
            ),
            ("netsh for DNS", r#"netsh interface ip set dnsservers "Ethernet" static 10.4.0.4"#, "unstated"),
            (
                "wmic",
                r#"wmic nicconfig where (IPEnabled=TRUE) call EnableStatic ("10.4.0.20"), ("255.255.255.0")"#,
                "- @1 EnableStatic sets a static address (-)",
            ),
            (
                "a file from elsewhere",
                "powershell -ExecutionPolicy Unrestricted -File set-address.ps1 -Alias Ethernet",
                "unstated",
            ),
            (
                "text that is put into a file and run",
                r#"powershell -Command "[System.Text.Encoding]::UTF8.GetString([System.Convert]::FromBase64String('TmV3LU5ldElQQWRkcmVzcyAtSW50ZXJmYWNlQWxpYXMgRXRoZXJuZXQgLUlQQWRkcmVzcyAxMC40LjAuMjAgLVByZWZpeExlbmd0aCAyNAo=')) | Out-File -FilePath C:\setup.ps1" && powershell -ExecutionPolicy Unrestricted -File C:\setup.ps1"#,
                r"Ethernet @1 New-NetIPAddress sets a static address (C:\setup.ps1)",
            ),
            (
                "text that is put into a file only",
                r#"powershell -Command "[System.Text.Encoding]::UTF8.GetString([System.Convert]::FromBase64String('TmV3LU5ldElQQWRkcmVzcyAtSW50ZXJmYWNlQWxpYXMgRXRoZXJuZXQgLUlQQWRkcmVzcyAxMC40LjAuMjAgLVByZWZpeExlbmd0aCAyNAo=')) | Out-File -FilePath C:\setup.ps1""#,
                "unstated",
            ),
        ],
    );
}

#[test]
fn encoded_command() {
    let script = "New-NetIPAddress -InterfaceAlias Ethernet -IPAddress 10.4.0.20 -PrefixLength 24";
    let bytes: Vec<u8> = script.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for option in ["-EncodedCommand", "-enc", "-e", "-ec"] {
        let command =
            format!("powershell.exe -NonInteractive -ExecutionPolicy Bypass {option} {}", STANDARD.encode(&bytes));
        let found = show(&addressing(&read(Command, &command).texts));
        assert_eq!(found, "Ethernet @1 New-NetIPAddress sets a static address (-)", "{option}");
    }
}
