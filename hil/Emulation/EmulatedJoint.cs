using Edge.Hil.Emulation.Damiao;
using Edge.Hil.Plant;

namespace Edge.Hil.Emulation;

/// <summary>A drive on its joint: joint = sign * (drive - offset). Carries the drive's torque to the plant and its shaft to the drive, and holds its faults.</summary>
internal sealed class EmulatedJoint(int index, string name, DamiaoDrive drive, int sign, double offsetRad)
{
    private const int NoError = -1;
    private volatile int _pendingError = NoError;
    private volatile bool _isCut;
    private volatile bool _isMute;

    public int Index => index;

    public string Name => name;

    public DamiaoDrive Drive => drive;

    /// <summary>The drive neither hears nor answers.</summary>
    public bool IsCut
    {
        get => _isCut;
        set => _isCut = value;
    }

    /// <summary>The drive hears and obeys but does not answer.</summary>
    public bool IsMute
    {
        get => _isMute;
        set => _isMute = value;
    }

    /// <summary>Takes effect at the next tick; may be set from any thread.</summary>
    public void SetError(DamiaoError error) => _pendingError = (int)error;

    public void Sense(IArmPlant plant)
    {
        drive.Sense((sign * plant.PositionRad(index)) + offsetRad, sign * plant.VelocityRadS(index));
        var error = _pendingError;
        if (error != NoError)
        {
            _pendingError = NoError;
            drive.Fail((DamiaoError)error);
        }
    }

    public void Actuate(IArmPlant plant, long nowNs)
    {
        plant.SetTorque(index, sign * drive.Actuate(nowNs));
        plant.SetBrake(index, !drive.Enabled);
    }
}
