import SwfsCtl

SwfsCtlCommand.run()
