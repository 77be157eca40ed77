using Edge.Hil.Emulation;
using Edge.Hil.Emulation.Damiao;

namespace Edge.Hil.Bench;

/// <summary>When the commands on the bus began to ask for motion, and when they ceased to. Any thread may read it.</summary>
internal sealed class MotionWatch : IMitObserver
{
    private readonly double[] _velocityRadS;
    private long _restSinceNs;
    private long _motionSinceNs;

    public MotionWatch(int joints) => _velocityRadS = new double[joints];

    /// <summary>Time of the first command of the present rest; 0 while a joint is asked to move.</summary>
    public long RestSinceNs => Volatile.Read(ref _restSinceNs);

    /// <summary>Time of the first command of the present motion; 0 while none is asked for.</summary>
    public long MotionSinceNs => Volatile.Read(ref _motionSinceNs);

    /// <inheritdoc/>
    public void OnMitCommand(int joint, in MitCommand command, in MitFormat format, int energyEpoch, long nowNs)
    {
        // Zero reads back as up to one step of the wire's resolution.
        _velocityRadS[joint] = energyEpoch > 0 && Math.Abs(command.VelocityRadS) > format.VelocityLsbRadS ? command.VelocityRadS : 0;
        var moves = Array.Exists(_velocityRadS, static velocity => velocity != 0);
        if (moves == (MotionSinceNs != 0) && (moves || RestSinceNs != 0))
            return;
        Volatile.Write(ref _motionSinceNs, moves ? nowNs : 0);
        Volatile.Write(ref _restSinceNs, moves ? 0 : nowNs);
    }
}
