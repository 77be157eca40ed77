using Edge.Hil.Emulation.Damiao;

namespace Edge.Hil.Emulation;

/// <summary>Two observers at one bus.</summary>
internal sealed class MitObservers(IMitObserver first, IMitObserver second) : IMitObserver
{
    /// <inheritdoc/>
    public void OnMitCommand(int joint, in MitCommand command, in MitFormat format, int energyEpoch, long nowNs)
    {
        first.OnMitCommand(joint, in command, in format, energyEpoch, nowNs);
        second.OnMitCommand(joint, in command, in format, energyEpoch, nowNs);
    }
}
