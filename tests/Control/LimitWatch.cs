using Edge.Control;
using Xunit;

namespace Edge.Tests.Control;

/// <summary>Differences of the commanded positions, tick by tick, against the robot file's limits: what a peer on the bus would see.</summary>
internal sealed class LimitWatch
{
    // The third difference magnifies the rounding of the positions, 1e-16 / period^3.
    private const double Slack = 1 + 1e-6;

    private readonly LoopRig _rig;
    private readonly double[] _worst = new double[3];
    private JointVector _q, _dq, _ddq;

    public LimitWatch(LoopRig rig)
    {
        _rig = rig;
        _q = rig.Snapshot.CommandRad;
        var before = _q;
        rig.Tick();
        Update(); // a first velocity and acceleration from wherever the arm is in its motion
        rig.Tick();
        Update();
        Array.Clear(_worst);
        rig.AfterTick = Update;
        _ = before;
    }

    public void AssertObeyed()
    {
        Assert.InRange(_worst[0], 0, Slack);
        Assert.InRange(_worst[1], 0, Slack);
        Assert.InRange(_worst[2], 0, Slack);
    }

    private void Update()
    {
        const double Period = LoopRig.PeriodNs * 1e-9;
        var snapshot = _rig.Snapshot;
        if (!ControlStates.Energised.Contains(snapshot.State))
            return; // the command of a drive without energy follows its measurement
        for (var i = 0; i < _rig.Robot.Joints.Length; i++)
        {
            var limits = _rig.Robot.Joints[i].Limits;
            var dq = (snapshot.CommandRad[i] - _q[i]) / Period;
            var ddq = (dq - _dq[i]) / Period;
            var jerk = (ddq - _ddq[i]) / Period;
            _worst[0] = Math.Max(_worst[0], Math.Abs(dq) / limits.VelocityRadS);
            _worst[1] = Math.Max(_worst[1], Math.Abs(ddq) / limits.AccelerationRadS2);
            _worst[2] = Math.Max(_worst[2], Math.Abs(jerk) / limits.JerkRadS3);
            (_q[i], _dq[i], _ddq[i]) = (snapshot.CommandRad[i], dq, ddq);
        }
    }
}
