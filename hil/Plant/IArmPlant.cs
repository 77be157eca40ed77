namespace Edge.Hil.Plant;

/// <summary>What the emulated devices need of the physics: joint coordinates of the robot file (not drive coordinates), and the cup.</summary>
public interface IArmPlant
{
    /// <summary>Number of joints.</summary>
    int JointCount { get; }

    /// <summary>Joint position, rad.</summary>
    double PositionRad(int joint);

    /// <summary>Joint velocity, rad/s.</summary>
    double VelocityRadS(int joint);

    /// <summary>Motor torque at the joint until the next call, Nm.</summary>
    void SetTorque(int joint, double torqueNm);

    /// <summary>The power-off brake of a joint: engaged while its drive has no energy.</summary>
    void SetBrake(int joint, bool engaged);

    /// <summary>The valve's opening: 0 closed (released), 1 fully open (suction).</summary>
    void SetSuction(double opening);

    /// <summary>The cup, or what it holds, is pressed against something with more than 1 N.</summary>
    bool CupPressed { get; }

    /// <summary>The cup is sealed: suction is on and something hangs on it.</summary>
    bool CupSealed { get; }
}
