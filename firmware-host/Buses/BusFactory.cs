using Edge.Robots;

namespace Edge.Buses;

/// <summary>Opens what the robot file describes.</summary>
public static class BusFactory
{
    /// <summary>USB adapters ignore the rate; boxes with a real UART would need their own.</summary>
    private const int SlcanBaudRate = 115_200;

    /// <summary>Opens a bus of kind "slcan" or "socketcan".</summary>
    /// <exception cref="BusException">The device cannot be opened, or the bus is of another kind.</exception>
    public static ICanBus OpenCan(BusDescription bus)
    {
        ArgumentNullException.ThrowIfNull(bus);
        switch (bus.Kind)
        {
            case "socketcan":
                return new SocketCanBus(bus.Device, bus.DataBitRate is not null);
            case "slcan":
                var port = new SerialPort(bus.Device, SlcanBaudRate);
                try
                {
                    return new SlcanBus(port, bus.BitRate, bus.DataBitRate);
                }
                catch
                {
                    port.Dispose();
                    throw;
                }

            default:
                throw new BusException($"bus {bus.Name}: kind \"{bus.Kind}\" is not a CAN bus; allowed: \"slcan\", \"socketcan\"");
        }
    }

    /// <summary>Opens a bus of kind "serial".</summary>
    /// <exception cref="BusException">The device cannot be opened, or the bus is of another kind.</exception>
    public static IByteLink OpenSerial(BusDescription bus)
    {
        ArgumentNullException.ThrowIfNull(bus);
        return bus.Kind == "serial"
            ? new SerialPort(bus.Device, bus.BitRate)
            : throw new BusException($"bus {bus.Name}: kind \"{bus.Kind}\" is not a serial line; allowed: \"serial\"");
    }
}
