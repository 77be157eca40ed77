using System.Globalization;
using System.Runtime.InteropServices;
using Edge.Buses;
using Edge.Robots;

namespace Edge.Machine;

/// <summary>Whether a bus is there and may be opened. Nothing is sent, no setting is changed: the controller may be at work on it.</summary>
public sealed class BusCheck(MachineFiles machine, BusDescription bus) : IMachineCheck
{
    private const string CanHardware = "280"; // ARPHRD_CAN, linux/if_arp.h

    /// <inheritdoc/>
    public string Name => $"bus {bus.Name}";

    /// <inheritdoc/>
    public Finding Look() => bus.Kind == "socketcan" ? LookAtInterface() : LookAtDevice();

    private Finding LookAtDevice() => SerialPort.Probe(machine.PathOf(bus.Device)) switch
    {
        0 => Finding.Ok($"{bus.Device} opens"),
        Libc.EBUSY => Finding.Warn($"{bus.Device} is in use", "systemctl status edge: if it is not the controller that uses it, fuser -v " + bus.Device + " says who does"),
        var error => Finding.Fail($"{bus.Device}: {Marshal.GetPInvokeErrorMessage(error)}", SerialPort.AdviceOn(error)),
    };

    private Finding LookAtInterface()
    {
        var folder = $"/sys/class/net/{bus.Device}";
        var start = $"sudo systemctl enable --now edge-can@{bus.Device}";
        if (!machine.Exists(folder))
            return Finding.Fail($"there is no interface {bus.Device}", "ip -br link show type can: is the adapter plugged in, and is this its name?");
        if (machine.Read($"{folder}/type") != CanHardware)
            return Finding.Fail($"{bus.Device} is no CAN interface", "ip -br link show type can: name one of these in the robot file");
        if ((FlagsOf(machine.Read($"{folder}/flags")) & SocketCanBus.InterfaceUp) == 0)
            return Finding.Fail($"{bus.Device} is down", start);
        if (bus.DataBitRate is not null && (!int.TryParse(machine.Read($"{folder}/mtu"), CultureInfo.InvariantCulture, out var mtu) || mtu < SocketCanBus.FdFrameBytes))
            return Finding.Fail($"{bus.Device} does classic CAN only, and the robot file gives a dataBitRate", start);
        return Finding.Ok($"{bus.Device} is up{(bus.DataBitRate is null ? "" : ", CAN FD")}");
    }

    private static int FlagsOf(string? text) =>
        int.TryParse(text?.Replace("0x", "", StringComparison.Ordinal), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var flags) ? flags : 0;
}
