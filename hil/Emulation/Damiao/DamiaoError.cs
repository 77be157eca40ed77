namespace Edge.Hil.Emulation.Damiao;

/// <summary>Upper half of the first feedback byte.</summary>
public enum DamiaoError : byte
{
    /// <summary>No error, no energy.</summary>
    Disabled = 0x0,

    /// <summary>No error, energised.</summary>
    Enabled = 0x1,

    /// <summary>Supply voltage too high.</summary>
    OverVoltage = 0x8,

    /// <summary>Supply voltage too low.</summary>
    UnderVoltage = 0x9,

    /// <summary>Phase current too high.</summary>
    OverCurrent = 0xA,

    /// <summary>Transistors too hot.</summary>
    MosfetOverTemperature = 0xB,

    /// <summary>Coils too hot.</summary>
    CoilOverTemperature = 0xC,

    /// <summary>No frame for longer than register 9 allows.</summary>
    CommunicationLost = 0xD,

    /// <summary>Load too high for too long.</summary>
    Overload = 0xE,
}
