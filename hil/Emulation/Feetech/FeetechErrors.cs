namespace Edge.Hil.Emulation.Feetech;

/// <summary>Error bits of a status packet and of register 65, as in the maker's Python library.</summary>
[Flags]
public enum FeetechErrors : byte
{
    /// <summary>No error.</summary>
    None = 0,

    /// <summary>Supply voltage out of range.</summary>
    Voltage = 1,

    /// <summary>Angle sensor.</summary>
    Sensor = 2,

    /// <summary>Too hot.</summary>
    Temperature = 4,

    /// <summary>Current too high.</summary>
    Current = 8,

    /// <summary>Load too high for too long.</summary>
    Overload = 0x20,
}
