using Edge.Hil.Emulation.Damiao;

namespace Edge.Hil.Emulation;

/// <summary>Sees every MIT command on the bus, whether the drive obeys it or not.</summary>
public interface IMitObserver
{
    /// <summary>A command arrived.</summary>
    /// <param name="joint">Index of the joint in the robot file.</param>
    /// <param name="command">The command as it stood in the frame, drive coordinates.</param>
    /// <param name="format">Ranges of its bit fields, from which its resolution follows.</param>
    /// <param name="energyEpoch">0 while the drive has no energy; else which of its enables the command belongs to.</param>
    /// <param name="nowNs">Time.</param>
    void OnMitCommand(int joint, in MitCommand command, in MitFormat format, int energyEpoch, long nowNs);
}
