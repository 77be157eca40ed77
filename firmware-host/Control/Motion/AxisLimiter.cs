using Edge.Robots;

namespace Edge.Control.Motion;

/// <summary>
/// One joint of <see cref="JointLimiter"/>. Discrete time: the acceleration chosen each period moves the velocity, and that moves the position,
/// so the differences of the positions sent are exactly the velocities, accelerations and jerks that are limited here.
/// </summary>
/// <remarks>
/// Two parts. The tracking law asks for an acceleration: nested surfaces (position to velocity, velocity to acceleration) that are linear
/// near the target, so that noise is not amplified, and land with constant jerk and constant deceleration farther out. The guard takes
/// from it what could break a bound: after each step the brake, which needs no more than the limits, must still end at rest inside them.
/// </remarks>
internal struct AxisLimiter
{
    // Shares of the limits that the tracking law plans with; the rest is for joining its surfaces. Found by scanning steps from 10 urad to
    // 2 rad: no overshoot, and 1 % is reached within a few per cent of the time-optimal time.
    private const double DecelerationShare = 0.85;
    private const double LandingJerkShare = 0.5;
    private const double JoiningJerkShare = 0.4;

    // Bandwidth of the linear part: high enough for 0.1 mrad of lag at 2 rad/s^2, low enough for the sampling.
    private const double HighestGainPerSecond = 100;
    private const double HighestGainPerPeriod = 0.25;
    private const double VelocityGainRatio = 1.5;

    // Slower than this over one period counts as rest, as a share of the limits.
    private const double RestShare = 1e-9;

    private readonly double _period;
    private readonly double _nominalLower, _nominalUpper;
    private readonly double _maxVelocity, _maxAcceleration, _maxJerk;
    private readonly double _jerkStep; // largest change of acceleration in one period
    private readonly LandingCurve _landing;
    private readonly double _velocityGain, _joiningJerk, _joiningKnee;
    private double _lower, _upper; // wider than the nominal limits while the joint comes back from outside them
    private double _position, _velocity, _acceleration;

    public AxisLimiter(JointLimits limits, double periodSeconds)
    {
        _period = periodSeconds;
        (_nominalLower, _nominalUpper) = (limits.PositionRad[0], limits.PositionRad[1]);
        (_maxVelocity, _maxAcceleration, _maxJerk) = (limits.VelocityRadS, limits.AccelerationRadS2, limits.JerkRadS3);
        if (!(_nominalLower < _nominalUpper) || !(_maxVelocity > 0) || !(_maxAcceleration > 0) || !(_maxJerk > 0) || !(periodSeconds > 0))
            throw new ArgumentException("Limits and period must be positive, and the lower position limit below the upper one.", nameof(limits));
        _jerkStep = _maxJerk * periodSeconds;
        var gain = Math.Min(HighestGainPerSecond, HighestGainPerPeriod / periodSeconds);
        _landing = new LandingCurve(gain, DecelerationShare * _maxAcceleration, LandingJerkShare * _maxJerk);
        _velocityGain = VelocityGainRatio * gain;
        _joiningJerk = JoiningJerkShare * _maxJerk;
        _joiningKnee = _joiningJerk / (_velocityGain * _velocityGain);
        Reset(Math.Clamp(0, _nominalLower, _nominalUpper));
    }

    public readonly double Position => _position;

    public readonly double Velocity => _velocity;

    public readonly double Acceleration => _acceleration;

    /// <summary>At rest here. A position outside the limits widens them until the joint has come back.</summary>
    public void Reset(double position)
    {
        (_position, _velocity, _acceleration) = (position, 0, 0);
        (_lower, _upper) = (Math.Min(_nominalLower, position), Math.Max(_nominalUpper, position));
    }

    /// <summary>One period towards a target that moves with the velocity given. A target that is not a number brakes.</summary>
    public void Step(double target, double targetVelocity)
    {
        var brake = BrakeAcceleration(_velocity, _acceleration);
        var chosen = double.IsFinite(target) && double.IsFinite(targetVelocity)
            ? WithinVelocity(TrackingAcceleration(target, targetVelocity))
            : brake;
        Move(StopsInside(chosen) ? chosen : brake);
    }

    /// <summary>One period of braking. True: at rest.</summary>
    public bool StepToRest()
    {
        Move(BrakeAcceleration(_velocity, _acceleration));
        if (!IsAtRest(_velocity, _acceleration))
            return false;
        (_velocity, _acceleration) = (0, 0);
        return true;
    }

    private readonly bool IsAtRest(double velocity, double acceleration) =>
        Math.Abs(velocity) <= RestShare * _jerkStep * _period && Math.Abs(acceleration) <= RestShare * _jerkStep;

    private void Move(double acceleration)
    {
        _acceleration = acceleration;
        _velocity += _period * acceleration;
        _position += _period * _velocity;
        if (_velocity <= 0 && _acceleration <= 0)
            _upper = Math.Max(_nominalUpper, Math.Min(_upper, _position));
        if (_velocity >= 0 && _acceleration >= 0)
            _lower = Math.Min(_nominalLower, Math.Max(_lower, _position));
    }

    /// <summary>What the tracking law wants, before the jerk limit and the guard.</summary>
    private readonly double TrackingAcceleration(double target, double targetVelocity)
    {
        if ((target >= _nominalUpper && targetVelocity > 0) || (target <= _nominalLower && targetVelocity < 0))
            targetVelocity = 0;
        target = Math.Clamp(target, _nominalLower, _nominalUpper);
        targetVelocity = Math.Clamp(targetVelocity, -_maxVelocity, _maxVelocity);

        // The limits of velocity and position are joined as gently as a target is, each bounding the acceleration from its side.
        var highest = Math.Min(JoiningAcceleration(_maxVelocity - _velocity), LandingAcceleration(_nominalUpper, 0));
        var lowest = Math.Max(JoiningAcceleration(-_maxVelocity - _velocity), LandingAcceleration(_nominalLower, 0));
        return Math.Min(Math.Max(LandingAcceleration(target, targetVelocity), lowest), highest);
    }

    /// <summary>The acceleration that keeps, or joins, the landing curve onto a point that moves.</summary>
    private readonly double LandingAcceleration(double point, double pointVelocity)
    {
        var (approach, slope) = _landing.Velocity(point - _position);
        return (slope * (pointVelocity - _velocity)) + JoiningAcceleration(pointVelocity + approach - _velocity);
    }

    /// <summary>The acceleration that removes a difference of velocity, fading with constant jerk and linear at the end.</summary>
    private readonly double JoiningAcceleration(double missing)
    {
        var distance = Math.Abs(missing);
        if (distance < _joiningKnee)
            return _velocityGain * missing;
        var knee = _velocityGain * _joiningKnee;
        return Math.CopySign(Math.Sqrt((knee * knee) + (2 * _joiningJerk * (distance - _joiningKnee))), missing);
    }

    /// <summary>The nearest acceleration within the limits of jerk and acceleration from which the velocity limit can still be kept.</summary>
    private readonly double WithinVelocity(double wanted)
    {
        // Never empty: one jerk step towards zero keeps the velocity at which the acceleration will have vanished.
        var highest = Math.Min(RampFor(_maxVelocity - _velocity), _maxAcceleration);
        var lowest = -Math.Min(RampFor(_maxVelocity + _velocity), _maxAcceleration);
        var reachable = Math.Clamp(wanted, _acceleration - _jerkStep, _acceleration + _jerkStep);
        return Math.Clamp(reachable, lowest, highest);
    }

    /// <summary>The brake: the strongest deceleration within the limits that still ends with velocity and acceleration zero at once.</summary>
    private readonly double BrakeAcceleration(double velocity, double acceleration)
    {
        var wanted = -Math.CopySign(Math.Min(RampFor(Math.Abs(velocity)), _maxAcceleration), velocity);
        return Math.Clamp(wanted, acceleration - _jerkStep, acceleration + _jerkStep);
    }

    /// <summary>The acceleration from which a ramp to zero, one jerk step a period, changes the velocity by exactly this much in all.</summary>
    private readonly double RampFor(double velocity)
    {
        // Periods i = 0..n with acceleration a - i * step: velocity = period * ((n + 1) a - step n (n + 1) / 2).
        var sum = Math.Max(velocity, 0) / _period;
        var n = Math.Floor((Math.Sqrt(1 + (8 * sum / _jerkStep)) - 1) / 2);
        return (sum / (n + 1)) + (_jerkStep * n / 2);
    }

    /// <summary>Whether, after one period with this acceleration, the brake ends inside the position limits.</summary>
    private readonly bool StopsInside(double acceleration)
    {
        var velocity = _velocity + (_period * acceleration);
        var position = _position + (_period * velocity);
        var reachesUp = position + FarthestAhead(velocity, acceleration);
        var reachesDown = position - FarthestAhead(-velocity, -acceleration);
        if (reachesUp <= _upper && reachesDown >= _lower)
            return true;

        // Near a limit the bound is too coarse: try the brake itself. A few hundred periods of a few nanoseconds.
        while (position >= _lower && position <= _upper)
        {
            if (IsAtRest(velocity, acceleration))
                return true;
            acceleration = BrakeAcceleration(velocity, acceleration);
            velocity += _period * acceleration;
            position += _period * velocity;
        }

        return false;
    }

    /// <summary>A distance that the brake does not exceed in the positive direction: peak velocity times a bound on the time.</summary>
    private readonly double FarthestAhead(double velocity, double acceleration)
    {
        var ramp = Math.Max(acceleration, 0);
        var peak = velocity + (ramp * ramp / (2 * _maxJerk));
        var seconds = (ramp / _maxJerk) + (peak / _maxAcceleration) + (_maxAcceleration / _maxJerk) + (4 * _period);
        return peak > 0 ? peak * seconds : 0;
    }
}
