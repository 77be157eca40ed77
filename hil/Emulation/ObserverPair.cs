using Edge.Hil.Emulation.Damiao;

namespace Edge.Hil.Emulation;

/// <summary>Two observers as one.</summary>
internal sealed class ObserverPair(IMitObserver first, IMitObserver second) : IMitObserver
{
    /// <inheritdoc/>
    public void OnMitCommand(int joint, in MitCommand command, in MitFormat format, int energyEpoch, long nowNs)
    {
        first.OnMitCommand(joint, command, format, energyEpoch, nowNs);
        second.OnMitCommand(joint, command, format, energyEpoch, nowNs);
    }
}
