using Edge.Hil.Emulation.Damiao;
using Edge.Robots;

namespace Edge.Hil.Monitor;

/// <summary>Checks the commands to one drive.</summary>
internal sealed class JointMonitor
{
    private const double PaceSeconds = 1; // frames that may be early: what a rig that was held up for this long finds waiting

    private readonly JointDescription _joint;
    private readonly double _periodNs;
    private readonly double _maxGapNs;
    private readonly SampleRing _positions = new();
    private readonly SampleRing _velocities = new();
    private readonly DifferenceCheck[] _positionChecks; // velocity, acceleration, jerk
    private readonly DifferenceCheck[] _velocityChecks;
    private MitFormat _format;
    private int _epoch;
    private double _credit;
    private long _lastNs;
    private double _lastPositionRad;
    private double _lowestRad = double.PositiveInfinity;
    private double _highestRad = double.NegativeInfinity;
    private double _largestTorqueNm;
    private long _frames;
    private long _withoutEnergy;
    private long _restarts;
    private long _positionViolations;
    private long _torqueViolations;
    private long _jumpViolations;
    private long _paceViolations;
    private long _firstViolationNs = -1;

    public JointMonitor(JointDescription joint, int rateHz, double maxGapSeconds)
    {
        _joint = joint;
        _periodNs = 1e9 / rateHz;
        _maxGapNs = maxGapSeconds * 1e9;
        _credit = PaceSeconds * rateHz;
        var limits = joint.Limits;
        var period = 1.0 / rateHz;
        _positionChecks = [new(1, limits.VelocityRadS, period), new(2, limits.AccelerationRadS2, period), new(3, limits.JerkRadS3, period)];
        _velocityChecks = [new(0, limits.VelocityRadS, period), new(1, limits.AccelerationRadS2, period), new(2, limits.JerkRadS3, period)];
    }

    public void OnCommand(in MitCommand command, in MitFormat format, int energyEpoch, long nowNs)
    {
        if (energyEpoch == 0)
        {
            _withoutEnergy++;
            _epoch = 0;
            return;
        }

        _frames++;
        var bad = Pace(energyEpoch, nowNs);
        if (format != _format)
        {
            _format = format;
            _epoch = 0;
            foreach (var check in _positionChecks)
                check.SetResolution(format.PositionLsbRad);
            foreach (var check in _velocityChecks)
                check.SetResolution(format.VelocityLsbRadS);
        }

        bad |= energyEpoch == _epoch && nowNs - _lastNs > _maxGapNs && Jumped(command.PositionRad, nowNs);
        if (energyEpoch != _epoch || nowNs - _lastNs > _maxGapNs)
        {
            _restarts++;
            _positions.Clear();
            _velocities.Clear();
        }

        (_epoch, _lastNs, _lastPositionRad) = (energyEpoch, nowNs, command.PositionRad);
        bad |= CheckPosition(in command) | CheckVelocity(in command) | CheckTorque(in command);
        if (bad && _firstViolationNs < 0)
            _firstViolationNs = nowNs;
    }

    public JointReport Report()
    {
        var limits = _joint.Limits;
        var violations = _positionViolations + _torqueViolations + _jumpViolations + _paceViolations
            + _positionChecks.Sum(check => check.Violations) + _velocityChecks.Sum(check => check.Violations);
        return new JointReport
        {
            Joint = _joint.Name,
            Frames = _frames,
            FramesWithoutEnergy = _withoutEnergy,
            Restarts = _restarts,
            Violations = violations,
            FirstViolationNs = _firstViolationNs < 0 ? null : _firstViolationNs,
            VelocityRadS = Quantity(limits.VelocityRadS, 0),
            AccelerationRadS2 = Quantity(limits.AccelerationRadS2, 1),
            JerkRadS3 = Quantity(limits.JerkRadS3, 2),
            PositionRad = new RangeReport(limits.PositionRad[0], limits.PositionRad[1], Finite(_lowestRad), Finite(_highestRad), _positionViolations),
            FeedForwardNm = new BoundReport(limits.TorqueNm, _largestTorqueNm, _torqueViolations),
            JumpViolations = _jumpViolations,
            PaceViolations = _paceViolations,
        };
    }

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;

    private QuantityReport Quantity(double limit, int index)
    {
        var (positions, velocities) = (_positionChecks[index], _velocityChecks[index]);
        return new QuantityReport(
            limit,
            1 - (Math.Max(positions.MaxCertain, velocities.MaxCertain) / limit),
            positions.Violations + velocities.Violations,
            new ChannelReport(positions.WindowSeconds, positions.Resolution, positions.MaxReading, positions.MaxCertain),
            new ChannelReport(velocities.WindowSeconds, velocities.Resolution, velocities.MaxReading, velocities.MaxCertain));
    }

    /// <summary>More frames than periods have passed: then a command is not one period after the other, and every derivative is larger than it reads.</summary>
    private bool Pace(int energyEpoch, long nowNs)
    {
        var most = PaceSeconds * 1e9 / _periodNs;
        _credit = Math.Min(most, _credit + (_epoch == energyEpoch ? (nowNs - _lastNs) / _periodNs : most)) - 1;
        if (_credit >= 0)
            return false;

        _credit = 0;
        _paceViolations++;
        return true;
    }

    /// <summary>Across a gap only the mean velocity can be told.</summary>
    private bool Jumped(double positionRad, long nowNs)
    {
        var reach = (_joint.Limits.VelocityRadS * (nowNs - _lastNs) * 1e-9) + _format.PositionLsbRad;
        if (Math.Abs(positionRad - _lastPositionRad) <= reach)
            return false;

        _jumpViolations++;
        return true;
    }

    private bool CheckPosition(in MitCommand command)
    {
        if (command.KpNmPerRad <= 0)
        {
            _positions.Clear(); // without stiffness the position is no command
            return false;
        }

        _positions.Add(command.PositionRad);
        var bad = false;
        foreach (var check in _positionChecks)
            bad |= check.Look(_positions);

        var joint = _joint.Drive.Sign * (command.PositionRad - _joint.Drive.OffsetRad);
        _lowestRad = Math.Min(_lowestRad, joint);
        _highestRad = Math.Max(_highestRad, joint);
        var lsb = _format.PositionLsbRad;
        if (joint >= _joint.Limits.PositionRad[0] - lsb && joint <= _joint.Limits.PositionRad[1] + lsb)
            return bad;

        _positionViolations++;
        return true;
    }

    private bool CheckVelocity(in MitCommand command)
    {
        if (command.KdNmSPerRad <= 0)
        {
            _velocities.Clear(); // without damping the velocity is no command
            return false;
        }

        _velocities.Add(command.VelocityRadS);
        var bad = false;
        foreach (var check in _velocityChecks)
            bad |= check.Look(_velocities);
        return bad;
    }

    private bool CheckTorque(in MitCommand command)
    {
        var torque = Math.Abs(command.TorqueNm);
        _largestTorqueNm = Math.Max(_largestTorqueNm, torque);
        if (torque - _format.TorqueLsbNm <= _joint.Limits.TorqueNm)
            return false;

        _torqueViolations++;
        return true;
    }
}
