namespace Edge.Drives.Damiao;

/// <summary>Registers that the start-up conversation uses (manual of the J4340P, register chapter).</summary>
public enum DamiaoRegister : byte
{
    /// <summary>MST_ID, u32: identifier of everything that the drive sends.</summary>
    MasterId = 7,

    /// <summary>ESC_ID, u32: identifier that the drive listens on.</summary>
    CanId = 8,

    /// <summary>TIMEOUT, u32, units of 50 microseconds: silence after which the drive leaves the enabled state.</summary>
    Timeout = 9,

    /// <summary>CTRL_MODE, u32: 1 is MIT.</summary>
    ControlMode = 10,

    /// <summary>PMAX, float32, rad.</summary>
    PositionMax = 21,

    /// <summary>VMAX, float32, rad/s.</summary>
    VelocityMax = 22,

    /// <summary>TMAX, float32, Nm.</summary>
    TorqueMax = 23,
}
